import { readBlocks } from '../../scripts/docs/blocks';

const page = (...lines: string[]) => readBlocks('page.md', lines.join('\n'));

test('fenced and indented blocks, with their lines', () => {
  const blocks = page(
    '# A',
    '',
    '```js',
    'one();',
    '```',
    '',
    'Type',
    '',
    '    npm test',
    '',
    '```',
    'a → b',
    '```',
    '',
    '```',
    '$ ls',
    '```',
  );
  expect(blocks.map(({ kind, line, content }) => [kind, line, content])).toEqual([
    ['program', 4, 'one();\n'],
    ['shell', 9, 'npm test\n'],
    ['text', 12, 'a → b\n'],
    ['shell', 16, '$ ls\n'],
  ]);
});

test('comments right before a block say how it is run', () => {
  const [first, second] = page(
    '<!-- run first: mkdir x -->',
    '<!-- replace: /share with x -->',
    '<!-- exit status: 2 -->',
    '```sh',
    'ls /share',
    '```',
    '',
    '<!-- not run: needs a Mac -->',
    '',
    '    ls',
  );
  expect(first).toMatchObject({ runFirst: ['mkdir x'], replacements: [['/share', 'x']], exitStatus: 2 });
  expect(first?.notRun).toBeUndefined();
  expect(second).toMatchObject({ notRun: 'needs a Mac', exitStatus: 0, runFirst: [] });
});

test('a comment is about the next block alone, and not across text', () => {
  const blocks = page(
    '<!-- not run: why -->',
    '',
    'Text.',
    '',
    '    ls',
    '',
    '<!-- not run: why -->',
    '',
    '    cd',
    '',
    'Text.',
    '',
    '    ls',
  );
  expect(blocks.map(({ notRun }) => notRun)).toEqual([undefined, 'why', undefined]);
});

test('a language that nothing is known of is refused, with its place', () => {
  expect(() => page('', '```basic', '10 PRINT', '```')).toThrow(/^page\.md:3: expected one of sh, .* but found 'basic'$/);
});

test('a replacement without its other half is refused', () => {
  expect(() => page('<!-- replace: this -->', '', '    ls')).toThrow("expected 'replace: THIS with THAT'");
});
