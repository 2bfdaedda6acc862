import { spawnSync } from 'node:child_process';

/** A command of a page, and what the page shows that it prints. */
export interface Command {
  text: string;
  /** Undefined where nothing is shown. */
  output?: string;
  /** Goes on while the reader does other things: a server, a worker. */
  background: boolean;
}

const lasting = /\bmobilenet (serve|work|status --watch)\b/;

function command(text: string, output?: string): Command {
  const background = lasting.test(text) || /(?<!&)&\s*$/.test(text);
  return { text: background ? text.replace(/&\s*$/, '') : text, background, ...(output?.trim() ? { output } : {}) };
}

/** Lines of a shell, those that end with a backslash joined to the next. */
function joinLines(lines: readonly string[]): string[] {
  const joined: string[] = [];
  let open = false;
  for (const line of lines) {
    if (open) {
      joined.push(`${joined.pop()}\n${line}`);
    } else {
      joined.push(line);
    }
    open = line.endsWith('\\');
  }
  return joined;
}

/** A session with prompts: after each command what it prints. */
function readPrompted(lines: readonly string[]): Command[] {
  const commands: { text: string; output: string[] }[] = [];
  for (const line of joinLines(lines)) {
    if (line.startsWith('$ ')) {
      commands.push({ text: line.slice(2), output: [] });
    } else if (commands.length > 0) {
      commands.at(-1)?.output.push(line);
    } else if (line.trim() !== '') {
      throw new Error(`expected a command after '$ ' before its output but found '${line}'`);
    }
  }
  return commands.map(({ text, output }) => command(text, output.join('\n')));
}

/** Whether a shell would not wait for more. */
const isWhole = (text: string) => spawnSync('bash', ['-n', '-c', text]).status === 0;

/** Lines to be typed, with no prompts: commands of one line, or of several where a loop or a quotation goes on. */
function readScript(lines: readonly string[]): Command[] {
  const scripts: string[] = [];
  for (const line of joinLines(lines)) {
    const last = scripts.at(-1);
    if (last !== undefined && !isWhole(last)) {
      scripts.push(`${scripts.pop()}\n${line}`);
    } else {
      scripts.push(line);
    }
  }
  return scripts.filter((text) => text.trim() !== '').map((text) => command(text));
}

/** The commands of a block. */
export function readCommands(content: string): Command[] {
  const lines = content.split('\n');
  return lines.some((line) => line.startsWith('$ ')) ? readPrompted(lines) : readScript(lines);
}
