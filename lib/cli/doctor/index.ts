import type { Command } from 'commander';
import { collect, parseNumber } from '../arguments';
import type { Context } from '../context';
import { type DoctorFlags, doctor } from './doctor';

const explanation = `
Every operation, in some hundreds of shapes, and every model that is here run on the GPU in float16 and in float32, and on
the CPU, on the same pictures. What differs by more than rounding explains is FAILED. --json prints all of it as one JSON
document: please add it to a bug report.

Examples:
  mobilenet doctor
  mobilenet doctor --json > report.json
  mobilenet doctor --device metal:4294968452 --operations
  mobilenet doctor --models --model my-model.safetensors --seconds 5
  mobilenet doctor --device cpu --operations

Exit status: 0 when all is well, 1 when something failed or there is no GPU to examine, 2 for wrong usage.`;

export function addDoctorCommand(program: Command, context: Context): void {
  program
    .command('doctor')
    .description('List the devices, and examine GPUs: is what they compute right, and how fast are they')
    .option('--device <device>', 'examine metal, metal:ID or cpu (slowly, by plain loops) (default: every GPU)')
    .option('--precision <precision>', 'float16 or float32 alone (default: both)')
    .option('-m, --model <name|file>', 'examine this model; may be given several times (default: all that are here)', collect)
    .option('--operations', 'examine operations only')
    .option('--models', 'examine models only')
    .option('--seconds <n>', 'measure the speed of a model for so long each way; 0: not at all (default: 1)', parseNumber)
    .option('--json', 'print one JSON document')
    .addHelpText('after', explanation)
    .action((flags: DoctorFlags) => doctor(flags, context));
}
