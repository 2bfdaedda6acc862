import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Prints what is wrong, or that nothing is, and sets the exit status by it. */
export function reportProblems(problems, good) {
  for (const problem of problems) {
    console.error(problem);
  }
  if (problems.length === 0) {
    console.log(good);
  }
  process.exitCode = problems.length > 0 ? 1 : 0;
}

/** Whether the module at a URL is the program that runs, and not one that it imports. */
export function isProgram(url) {
  return process.argv[1] !== undefined && path.resolve(process.argv[1]) === fileURLToPath(url);
}
