import { readBlocks } from '../../scripts/docs/blocks';
import { ReadersFolders } from '../../scripts/docs/project';
import { runPage } from '../../scripts/docs/run-page';

let folders: ReadersFolders;
beforeAll(async () => {
  folders = await ReadersFolders.make();
});
afterAll(() => folders.remove());

let count = 0;

/** What is wrong with each block, undefined where nothing is. */
async function run(...blocks: string[]) {
  const page = readBlocks('page.md', blocks.join('\n\n'));
  const outcomes = await runPage(`page-${++count}`, page, { folders, redis: undefined, separate: false });
  return outcomes.map(({ wrong, skipped }) => wrong ?? skipped);
}

const terminal = (...lines: string[]) => ['```', ...lines, '```'].join('\n');
const program = (...lines: string[]) => ['```js', ...lines, '```'].join('\n');

test('what is as the page says passes: commands, programs, one after the other in one folder', async () => {
  const outcomes = await run(
    terminal('$ export NAME=x; echo 3.14', '3.14'),
    program("require('node:fs').writeFileSync('made.txt', '1');", 'const a = { b: [1, 2] };', '// a.b: [ 1, 2 ]'),
    terminal('$ ls made.txt; echo $NAME', 'made.txt', 'x'),
    program("import { voidClass } from 'mobilenet-metal';", 'console.log(a.b.length, voidClass); // → 2 255'),
  );
  expect(outcomes).toEqual([undefined, undefined, undefined, undefined]);
});

test.each([
  ['another output', [terminal('$ echo a', 'b')], /they part at 'b'/],
  ['another exit status', [terminal('$ false')], /exit status 1, expected 0/],
  ['a command before the last that fails', ['    false\n    true'], /exit status 1, expected 0/],
  ['an exit status that does not come', ['<!-- exit status: 1 -->', '    true'], /exit status 0, expected 1/],
  ['another value', [program('const a = 1;', '// a: 2')], /a, shown/],
  ['another line', [program("console.log('a'); // → b")], /output, shown/],
  ['a line that is not shown', [program("console.log('a'); // → a", "console.log('b');")], /output, shown/],
  ['a value that is never reached', [program('if (false) {', '  const a = 1;', '  // a: 1', '}')], /not reached/],
  ['an error', [program("throw new Error('broken');")], /Error: broken/],
  ['a name nobody gave', [program('missing();')], /ReferenceError/],
  ['JSON that is none', [['```json', '{', '```'].join('\n')], /JSON/],
  ['a server that never says its address', [terminal('$ mobilenet serve --port nonsense')], /expected an address/],
])('tells %s', async (_, blocks, wrong) => {
  expect(await run(...blocks)).toEqual([expect.stringMatching(wrong)]);
});

test('what comes after a program that failed has not been reached', async () => {
  const [, second] = await run(program('missing();'), program('1;'));
  expect(second).toMatch(/^not reached/);
});

test('what is marked is not run; neither is what needs Redis where there is none', async () => {
  expect(await run('<!-- not run: needs a Mac -->', '    false', '    mobilenet status')).toEqual(['needs a Mac']);
  expect(await run('    mobilenet status')).toEqual(['redis-server not found']);
});
