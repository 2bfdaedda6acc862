import type { Command } from 'commander';
import { type ClassFilterOptions, toClassNames } from '../tasks/class-filter';
import { collect } from './arguments';

/** Flags of the commands whose results can be limited to some classes. */
export interface ClassFlags {
  allow?: string[];
  deny?: string[];
}

export function addClassOptions(command: Command): void {
  command
    .option('--allow <label|index>', 'report only this class; may be given several times', collect)
    .option('--deny <label|index>', 'do not report this class; may be given several times', collect);
}

export function classOptions({ allow, deny }: ClassFlags, labels: readonly (string | null)[]): ClassFilterOptions {
  return { allow: toClassNames(allow, labels), deny: toClassNames(deny, labels) };
}
