import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { brokenLinks } from '../../scripts/docs/links';

const folder = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-links-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('tells links that lead nowhere', () => {
  writeFileSync(path.join(folder, 'b.md'), '# One\n\n## What `x` is: really?\n\n## One\n\n<a id="here"></a>\n');
  const good = ['b.md', 'b.md#one', 'b.md#one-1', 'b.md#what-x-is-really', 'b.md#here', '#top', 'https://example.org/nothing'];
  const bad = ['c.md', 'b.md#two', '#bottom'];
  writeFileSync(
    path.join(folder, 'a.md'),
    `# Top\n\n${[...good, ...bad].map((target) => `[x](${target})`).join(' ')} ![y](y.png)\n`,
  );
  expect(brokenLinks(folder, 'a.md')).toEqual([
    "'c.md' leads to no file",
    "'b.md#two' leads to no heading",
    "'#bottom' leads to no heading",
    "'y.png' leads to no file",
  ]);
});
