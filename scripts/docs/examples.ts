import type { Block } from './blocks';

const docstring = /\/\*\*[\s\S]*?\*\//g;
const example = /^@example$\n([\s\S]*?)(?=^@[a-z]|$(?![\s\S]))/gm;

const linesBefore = (text: string, index: number) => text.slice(0, index).split('\n').length - 1;

/** The `@example`s of a source's docstrings, as blocks of a page. */
export function readExamples(page: string, source: string): Block[] {
  return Array.from(source.matchAll(docstring)).flatMap(({ 0: comment, index: start }) => {
    const text = comment
      .replace(/^\/\*\*/, '')
      .replace(/\s*\*\/$/, '\n')
      .replace(/^[ \t]*\* ?/gm, '');
    return Array.from(text.matchAll(example), ({ 1: content = '', index }) => ({
      page,
      line: linesBefore(source, start) + linesBefore(text, index) + 2,
      kind: 'program' as const,
      content,
      runFirst: [],
      replacements: [],
      exitStatus: 0,
    }));
  });
}
