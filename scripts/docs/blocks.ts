import MarkdownIt from 'markdown-it';

/** What a block of a page is: commands for a shell, a program, JSON, or text that nothing is done with. */
export type BlockKind = 'shell' | 'program' | 'json' | 'text';

/** What comments right before a block say about running it. */
export interface Directives {
  /** Why it cannot be run: `<!-- not run: needs a Mac -->`. */
  notRun?: string;
  /** Commands that make what it takes for granted: `<!-- run first: tar cf archive.tar photos -->`. */
  runFirst: string[];
  /** What stands for what in a test: `<!-- replace: /share with . -->`. */
  replacements: [from: string, to: string][];
  /** What its last command exits with: `<!-- exit status: 1 -->`. Default 0. */
  exitStatus: number;
}

/** A piece of code on a page. */
export interface Block extends Directives {
  /** The page, relative to the project. */
  page: string;
  /** Of its first line, from 1. */
  line: number;
  kind: BlockKind;
  content: string;
}

const kinds: Record<string, BlockKind> = {
  sh: 'shell',
  bash: 'shell',
  js: 'program',
  javascript: 'program',
  ts: 'program',
  typescript: 'program',
  json: 'json',
  ...Object.fromEntries(
    ['text', 'html', 'css', 'yaml', 'dockerfile', 'ini', 'nginx', 'diff', 'jsonc', 'jsx', 'tsx'].map((each) => [each, 'text']),
  ),
};

/** A block without a language is a session in a terminal where it has prompts, else text. */
function kindOf(language: string, content: string): BlockKind {
  if (language === '') {
    return /^\$ /m.test(content) ? 'shell' : 'text';
  }
  const kind = kinds[language];
  if (!kind) {
    throw new Error(`expected one of ${Object.keys(kinds).join(', ')} as the language of a block but found '${language}'`);
  }
  return kind;
}

function readDirectives(comments: readonly string[]): Directives {
  const directives: Directives = { runFirst: [], replacements: [], exitStatus: 0 };
  for (const comment of comments) {
    for (const [, name = '', value = ''] of comment.matchAll(/<!--\s*([a-z ]+?):\s*([\s\S]*?)\s*-->/g)) {
      if (name === 'not run') {
        directives.notRun = value;
      } else if (name === 'run first') {
        directives.runFirst.push(value);
      } else if (name === 'exit status') {
        directives.exitStatus = Number(value);
      } else if (name === 'replace') {
        const [from, to] = value.split(' with ');
        if (!from || to === undefined) {
          throw new Error(`expected 'replace: THIS with THAT' but found '${comment.trim()}'`);
        }
        directives.replacements.push([from, to]);
      }
    }
  }
  return directives;
}

/** The code blocks of a Markdown page, fenced and indented, in their order. Indented ones are commands. */
export function readBlocks(page: string, markdown: string): Block[] {
  const blocks: Block[] = [];
  let comments: string[] = [];
  for (const token of new MarkdownIt({ html: true }).parse(markdown, {})) {
    if (token.type === 'html_block' && token.content.trim().startsWith('<!--')) {
      comments.push(token.content);
      continue;
    }
    const fenced = token.type === 'fence';
    if (fenced || token.type === 'code_block') {
      const line = (token.map?.[0] ?? 0) + (fenced ? 2 : 1);
      try {
        const language = token.info.trim().split(/\s+/)[0] ?? '';
        const kind = fenced ? kindOf(language, token.content) : 'shell';
        blocks.push({ page, line, kind, content: token.content, ...readDirectives(comments) });
      } catch (error) {
        throw new Error(`${page}:${line}: ${(error as Error).message}`);
      }
    }
    comments = [];
  }
  return blocks;
}
