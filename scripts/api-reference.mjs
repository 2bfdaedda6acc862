// Writes the API reference, docs/api, from the docstrings of lib: `npm run build:api`. With `--check` nothing is written, and what lies there is
// compared with what would be. TypeDoc has a package of its own: `npm ci --prefix scripts/api-reference`.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const home = path.join(root, 'scripts', 'api-reference');
const committed = path.join(root, 'docs', 'api');
const check = process.argv.includes('--check');

if (!existsSync(path.join(home, 'node_modules', 'typedoc'))) {
  console.log('SKIPPED the API reference: TypeDoc is not installed (npm ci --prefix scripts/api-reference)');
  console.log('0 passed, 0 failed, 1 skipped');
  process.exit(check ? 0 : 1);
}

/** What of lib/index.ts is on no page, or on several: TypeDoc does not miss what nothing refers to. */
function misplaced() {
  const ts = createRequire(path.join(home, 'package.json'))('typescript');
  const api = path.join(root, 'lib', 'index.ts');
  const pages = readdirSync(path.join(home, 'pages')).map((file) => path.join(home, 'pages', file));
  const program = ts.createProgram([api, ...pages], { module: ts.ModuleKind.Node16, target: ts.ScriptTarget.ES2022, types: [] });
  const checker = program.getTypeChecker();
  const namesOf = (file) => {
    const symbol = checker.getSymbolAtLocation(program.getSourceFile(file));
    return checker.getExportsOfModule(symbol).map(({ name }) => name);
  };
  const placed = pages.flatMap(namesOf);
  return namesOf(api).flatMap((name) => {
    const count = placed.filter((each) => each === name).length;
    return count === 1 ? [] : [`'${name}' of lib/index.ts is on ${count} pages of scripts/api-reference/pages, and not on one`];
  });
}

/** Has TypeDoc write all pages into a folder; its warnings are errors. */
function generate(folder) {
  const bin = path.join(home, 'node_modules', 'typedoc', 'bin', 'typedoc');
  const args = [bin, '--options', path.join(home, 'typedoc.json'), '--logLevel', 'Warn', '--out', folder];
  return spawnSync(process.execPath, args, { cwd: home, stdio: 'inherit' }).status === 0;
}

const filesIn = (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** How the committed pages differ from those of a folder. */
function differences(folder) {
  const names = new Set([...filesIn(folder), ...filesIn(committed)]);
  return [...names].flatMap((name) => {
    const [now, before] = [folder, committed].map((each) =>
      existsSync(path.join(each, name)) ? readFileSync(path.join(each, name), 'utf8') : undefined,
    );
    return now === before ? [] : [`docs/api/${name} is not what the docstrings say: npm run build:api`];
  });
}

/** @returns what is wrong */
function judge() {
  const wrong = misplaced();
  if (wrong.length > 0 || !check) {
    return wrong.length > 0 ? wrong : generate(committed) ? [] : ['TypeDoc failed'];
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-api-'));
  try {
    return generate(folder) ? differences(folder) : ['TypeDoc failed'];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const wrong = judge();
for (const line of wrong) {
  console.error(`FAILED ${line}`);
}
console.log(`${wrong.length === 0 ? 1 : 0} passed, ${wrong.length} failed`);
process.exitCode = wrong.length > 0 ? 1 : 0;
