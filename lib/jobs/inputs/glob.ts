import { stat } from 'node:fs/promises';
import { sep } from 'node:path';
import type { PicomatchOptions } from 'picomatch';

/** A pattern of file names. */
export interface Glob {
  /** The folder its wildcards begin in. */
  base: string;
  /** Whether a file matches, by its path relative to `base` with `/` between names. */
  matches(relative: string): boolean;
  /** Whether files that match can lie in a folder. */
  entered(relative: string): boolean;
  /** Whether it speaks of names that begin with a dot: wildcards alone do not match them. */
  hidden: boolean;
}

/** A wildcard, or a bracket that may begin one, without a backslash before it. */
const wildcard = /(?<!\\)[*?[{(]/;

/** `!` does not turn a pattern round; `s`, as names may hold line breaks. */
const matching: PicomatchOptions = { nonegate: true, flags: 's' };

/** Whether a name has wildcards: `*`, `?`, `[…]`, `{…,…}`, `@(…)` and the like. A backslash takes a character's meaning away. */
export function isGlob(input: string): boolean {
  return picomatch().scan(withSlashes(input), { nonegate: true }).isGlob === true;
}

/**
 * Reads a glob. Folders that exist under the very names in it are meant as they are written: in `photos (old)/[2024]/*.jpg`
 * nothing but the `*` is a wildcard if there is such a folder.
 */
export async function parseGlob(input: string): Promise<Glob> {
  const segments = withSlashes(input).split('/');
  let base = '';
  while (segments.length > 1) {
    const [segment = ''] = segments;
    if (await isFolder(`${base}${segment}/`)) {
      base = `${base}${segment}/`;
    } else if (!wildcard.test(segment)) {
      base = `${base}${unescapeName(segment)}/`;
    } else {
      break;
    }
    segments.shift();
  }
  const pattern = escapePlainParentheses(segments.join('/'));
  return {
    base: base.length > 1 ? base.slice(0, -1) : base || '.',
    matches: picomatch()(pattern, matching),
    entered: folderMatcher(pattern),
    hidden: /(^|[/{,(|])\\?\./.test(pattern),
  };
}

/** Loaded when there is a glob. */
function picomatch(): typeof import('picomatch') {
  return require('picomatch') as typeof import('picomatch');
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isDirectory(),
    () => false,
  );
}

/** Where backslashes separate names, they do so in globs too. */
function withSlashes(input: string): string {
  return sep === '/' ? input : input.replaceAll(sep, '/');
}

function unescapeName(segment: string): string {
  return segment.replace(/\\(.)/gs, '$1');
}

/** Makes parentheses that belong to no `@(…)` part of the names, as in `photo (1)*.jpg`: picomatch would group with them. */
function escapePlainParentheses(glob: string): string {
  const open: boolean[] = [];
  return glob.replace(/\\.|[@?!+*]?\(|\)/gs, (found) => {
    if (found.endsWith('(') && !found.startsWith('\\')) {
      open.push(found.length === 2);
      return found.length === 2 ? found : '\\(';
    }
    return found === ')' && !open.pop() ? '\\)' : found;
  });
}

/**
 * Keeps the walk out of folders in which nothing can match: they are compared with the pattern's folders, name by name, up to a
 * `**`. Patterns in which names cannot be told apart at the slashes are not looked into.
 */
function folderMatcher(pattern: string): (relative: string) => boolean {
  if (/[\\(]|\{[^}]*\/|\[[^\]]*\//.test(pattern)) {
    return () => true;
  }
  const folders = pattern.split('/').slice(0, -1);
  const anyDepth = pattern.split('/').findIndex((segment) => segment.includes('**'));
  const matchers = (anyDepth < 0 ? folders : folders.slice(0, anyDepth)).map((folder) => picomatch()(folder, matching));
  return (relative) => {
    const names = relative.split('/');
    if (anyDepth < 0 && names.length > matchers.length) {
      return false;
    }
    return matchers.slice(0, names.length).every((matches, depth) => matches(names[depth] as string));
  };
}
