import { transformSync } from '@swc/core';

/** What a page shows of a program's block. */
export interface Shown {
  /** What it prints: its lines that begin with `// →`. Undefined where nothing is shown. */
  output?: string;
  /** What names stand for: `// categories: [ … ]`, in their order. */
  values: { expression: string; text: string }[];
}

const printed = /(?:^|\s)\/\/ → (.*)$/;
const valued =
  /^\s*\/\/ ([A-Za-z_$][\w$]*(?:\.[\w$]+|\[\d+\])*): ((?:[[{'"\d-]|\w+Array\(|true\b|false\b|null\b|undefined\b).*)$/;
const continued = /^\s*\/\/ (?: +(\S.*)|([\]})].*))$/;

/** Puts a call of `__show` behind each comment that says what a name stands for, and finds what is shown. */
export function instrument(content: string): { code: string; shown: Shown } {
  const output: string[] = [];
  const values: Shown['values'] = [];
  const code: string[] = [];
  const lines = content.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] as string;
    code.push(line);
    const text = printed.exec(line)?.[1];
    const value = valued.exec(line);
    if (text === undefined && !value) {
      continue;
    }
    const rest: string[] = [];
    for (let next = continued.exec(lines[i + 1] ?? ''); next; next = continued.exec(lines[i + 1] ?? '')) {
      rest.push((next[1] ?? next[2]) as string);
      code.push(lines[++i] as string);
    }
    if (text !== undefined) {
      output.push(text, ...rest);
    } else if (value) {
      const [, expression = '', first = ''] = value;
      code.push(`__show(${expression});`);
      values.push({ expression, text: [first, ...rest].join('\n') });
    }
  }
  return { code: code.join('\n'), shown: { values, ...(output.length > 0 ? { output: output.join('\n') } : {}) } };
}

/** Imports that may stand anywhere: in the middle of a page, a second time, in a scope of their own. */
function withDynamicImports(code: string): string {
  return code
    .replace(/^import type .*$/gm, '')
    .replace(/^import\s+\*\s+as\s+(\w+)\s+from\s+('[^']+');?/gm, 'const $1 = await import($2);')
    .replace(/^import\s+(\w+)\s+from\s+('[^']+');?/gm, 'const { default: $1 } = await import($2);')
    .replace(/^import\s+\{([^}]*)\}\s+from\s+('[^']+');?/gm, (_, names: string, from: string) => {
      const values = names.split(',').filter((name) => !/^\s*type\s/.test(name));
      return `const { ${values.join(',').replace(/\b(\w+) as (\w+)/g, '$1: $2')} } = await import(${from});`;
    });
}

/**
 * One module of all the blocks of a page. Each is in the scope of those before it, and may use its names or give them anew; `separate` blocks know
 * nothing of each other.
 * @param harness address of steps.mjs
 * @throws for a syntax error
 */
export function compose(blocks: readonly string[], harness: string, separate = false): string {
  const opened = blocks.map((code) => `await __step();\n{\n${withDynamicImports(code)}\n${separate ? '}' : ''}`).join('\n');
  const closed = separate ? '' : '}'.repeat(blocks.length);
  const module = [
    `import { createRequire as __createRequire } from 'node:module';`,
    `import { show as __show, step as __step } from ${JSON.stringify(harness)};`,
    'const require = __createRequire(import.meta.url);',
    separate ? `${opened}\nawait __step();` : `${opened}\n;await __step();${closed}`,
  ].join('\n');
  return transformSync(module, {
    swcrc: false,
    jsc: { target: 'es2022', parser: { syntax: 'typescript' }, transform: { verbatimModuleSyntax: true } },
    module: { type: 'es6' },
  }).code;
}
