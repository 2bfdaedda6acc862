import { readExamples } from '../../scripts/docs/examples';

test('takes the examples out of docstrings, with their lines', () => {
  const source = [
    '/**',
    ' * Does it.',
    ' *',
    ' * @example',
    ' * first();',
    ' *',
    ' * second({',
    ' *   a,',
    ' * });',
    ' * @throws when not',
    ' */',
    'export function it() {}',
    '  /**',
    '   * @example',
    '   * third();',
    '   */',
    '/* @example */',
  ].join('\n');
  expect(readExamples('it.ts', source).map(({ content, line }) => [line, content])).toEqual([
    [5, 'first();\n\nsecond({\n  a,\n});\n'],
    [15, 'third();\n'],
  ]);
});
