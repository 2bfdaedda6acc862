import { readCommands } from '../../scripts/docs/session';

test('a session with prompts: each command with what it prints', () => {
  expect(readCommands('$ a\none\ntwo\n\n$ b\n')).toEqual([
    { text: 'a', background: false, output: 'one\ntwo\n' },
    { text: 'b', background: false },
  ]);
});

test('lines without prompts are commands; loops and lines that go on are one', () => {
  expect(readCommands('one\ntwo \\\n  three\nfor i in 1 2; do\n  echo $i\ndone\n').map(({ text }) => text)).toEqual([
    'one',
    'two \\\n  three',
    'for i in 1 2; do\n  echo $i\ndone',
  ]);
});

test('servers and workers stay in the background', () => {
  const commands = readCommands('npx mobilenet serve --port 8000\nmobilenet work\nmobilenet status --watch\nsleep 1 &\na && b\n');
  expect(commands.map(({ background }) => background)).toEqual([true, true, true, true, false]);
  expect(commands[3]?.text).toBe('sleep 1 ');
});

test('output before any command is refused', () => {
  expect(() => readCommands('output\n$ ls\n')).toThrow("expected a command after '$ ' before its output but found 'output'");
});
