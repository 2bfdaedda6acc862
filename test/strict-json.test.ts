import { parseStrictJson } from '../lib/strict-json';

describe('parseStrictJson', () => {
  it.each([
    '{}',
    '[]',
    '"a"',
    '0',
    '{"a":{"a":1},"b":[{"a":1},{"a":2}],"c":"a","d":"\\"a\\":"}',
    '["a","a"]',
    '{"a" : "b", "b" :"a"}',
    '{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}\n',
    '{"2":"a","1":1e3}',
  ])('parses %s as JSON.parse does', (text) => {
    expect(parseStrictJson(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['{"a":1,"a":1}', "'a'"],
    ['{"a":1,"b":{},"a" \n:2}', "'a'"],
    ['{"x":[{"y":{"k":[],"k":1}}]}', "'k'"],
    ['{"a":1,"\\u0061":2}', "'a'"],
    ['{"\\"":1,"\\"":2}', "'\"'"],
    ['{"__proto__":1,"__proto__":2}', "'__proto__'"],
    ['{"":1,"":2}', "''"],
    ['{\n  "a": 1,\n  "a": 1\n}\n', "'a'"],
  ])('refuses the key written twice in %s', (text, key) => {
    expect(() => parseStrictJson(text)).toThrow(new SyntaxError(`the key ${key} occurs twice`));
  });

  it.each(['', '{', '{"a":1,}', 'nul', '{"a":1}}'])('refuses %j, which is not JSON', (text) => {
    expect(() => parseStrictJson(text)).toThrow(SyntaxError);
  });

  it('takes strings of megabytes', () => {
    for (const text of ['a'.repeat(2 ** 22), '\\n"{'.repeat(2 ** 20)]) {
      expect(parseStrictJson(JSON.stringify({ [text]: text }))).toEqual({ [text]: text });
    }
    expect(() => parseStrictJson(`{"${'a'.repeat(2 ** 22)}":1,"${'a'.repeat(2 ** 22)}":1}`)).toThrow('occurs twice');
  });

  it('takes deep nesting without running out of stack', () => {
    const depth = 100_000;
    expect(() => parseStrictJson('['.repeat(depth))).toThrow(SyntaxError);
    expect(Array.isArray(parseStrictJson('['.repeat(depth) + ']'.repeat(depth)))).toBe(true);
  });
});
