import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import MarkdownIt from 'markdown-it';

/** GitHub's names of headings: lower case, no punctuation, hyphens for spaces; numbered where two are the same. */
function slugs(headings: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headings.map((heading) => {
    const slug = heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return count === 0 ? slug : `${slug}-${count}`;
  });
}

/** What `#` may lead to on a page, as GitHub names headings, and anchors in HTML. */
function anchorsOf(markdown: string): Set<string> {
  const tokens = new MarkdownIt({ html: true }).parse(markdown, {});
  const headings = tokens.flatMap((token, index) => (token.type === 'heading_open' ? [tokens[index + 1]] : []));
  const text = headings.map((inline) =>
    (inline?.children ?? [])
      .filter(({ type }) => type === 'text' || type === 'code_inline')
      .map(({ content }) => content)
      .join(''),
  );
  const named = Array.from(markdown.matchAll(/<a id="([^"]+)"/g), ([, id]) => id as string);
  return new Set([...slugs(text), ...named]);
}

/** Where the links and pictures of a page lead. */
function targetsOf(markdown: string): string[] {
  const inline = new MarkdownIt({ html: true }).parse(markdown, {}).flatMap(({ children }) => children ?? []);
  return inline.flatMap(({ attrs }) =>
    (attrs ?? []).filter(([name]) => name === 'href' || name === 'src').map(([, target]) => decodeURI(target)),
  );
}

/** Links of a page that lead to no file of the project, or to no heading of one. */
export function brokenLinks(root: string, page: string): string[] {
  const markdown = readFileSync(path.join(root, page), 'utf8');
  return targetsOf(markdown).flatMap((target) => {
    if (/^[a-z]+:/.test(target)) {
      return [];
    }
    const [file = '', anchor] = target.split('#');
    const there = file === '' ? path.join(root, page) : path.resolve(root, path.dirname(page), file);
    if (!existsSync(there)) {
      return [`'${target}' leads to no file`];
    }
    const missing = anchor !== undefined && there.endsWith('.md') && !anchorsOf(readFileSync(there, 'utf8')).has(anchor);
    return missing ? [`'${target}' leads to no heading`] : [];
  });
}
