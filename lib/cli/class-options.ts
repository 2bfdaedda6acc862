import type { Command } from 'commander';
import { collect } from './arguments';

/** Of the commands whose results can be limited to some classes. */
export function addClassOptions(command: Command): void {
  command
    .option('--allow <label|index>', 'report only this class; may be given several times', collect)
    .option('--deny <label|index>', 'do not report this class; may be given several times', collect);
}
