import { compose, instrument } from '../../scripts/docs/program';

test('finds what is printed, and what names stand for', () => {
  const { code, shown } = instrument(
    [
      '// a remark: nothing',
      'f(); // → one',
      '//   two',
      '// a.b: [',
      '//   1,',
      '// ]',
      'g(); // in the order of the names',
    ].join('\n'),
  );
  expect(shown).toEqual({ output: 'one\ntwo', values: [{ expression: 'a.b', text: '[\n1,\n]' }] });
  expect(code.split('\n')).toContain('__show(a.b);');
  expect(code.indexOf('__show(a.b);')).toBeLessThan(code.indexOf('g();'));
});

test('nothing shown is nothing to compare', () => {
  expect(instrument('f(); // first').shown).toEqual({ values: [] });
});

test('blocks of a page use the names of those before, and may give them anew', () => {
  const module = compose(['const a = 1;', 'const b = a + 1;', 'const a = 3;'], 'file:///steps.mjs');
  expect(
    () => new Function(`return async () => { ${module.replace(/^import .*$/gm, '').replaceAll('import.meta.url', "''")} }`),
  ).not.toThrow();
  expect(module.match(/await __step\(\)/g)).toHaveLength(4);
});

test('imports may stand in any block', () => {
  const module = compose(
    ["import a, { type T } from 'a';".replace('a, ', ''), "import { b as c } from 'b';"],
    'file:///steps.mjs',
  );
  expect(module).toContain("await import('a')");
  expect(module.replace(/\s+/g, ' ')).toContain("const { b: c } = await import('b');");
});

test('a syntax error is one', () => {
  expect(() => compose(['const = 1;'], 'file:///steps.mjs')).toThrow();
});
