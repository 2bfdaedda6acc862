// Writes the Metal kernels as one C++ string constant, to be compiled when a device is opened: `node embed-kernels.js OUT.cc`.
// CommonJS without dependencies, because users' machines run it when they build the addon.
const { mkdirSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');

const directory = path.join(__dirname, 'kernels');
// Compilers take string literals of any length only in pieces.
const longestPiece = 8000;

const read = (file) => readFileSync(path.join(directory, file), 'utf8').replaceAll('\r\n', '\n');

/** Lines that the whole source has once become empty, so that the others keep their numbers. */
function withoutIncludes(file, text) {
  const rest = text.replace(/^#include (<metal_stdlib>|"parameters\.h")$/gm, '');
  const other = rest.match(/^\s*#\s*include.*$/m);
  if (other) {
    throw new Error(`${file}: only <metal_stdlib> and "parameters.h" may be included, not '${other[0]}'`);
  }
  return rest;
}

/** What a file defines outside of functions: functions (their names begin right before a parenthesis), structs, macros. */
function definitions(text) {
  const names = [
    ...text.matchAll(/^(?:static|inline|kernel|template)\b[^({;]*?(\w+)\(/gm),
    ...text.matchAll(/^(?:struct|enum|enum class|using|constant [^;=]*?) *\b(\w+) *[{=]/gm),
    ...text.matchAll(/^#define (\w+)/gm),
  ].map(([, name]) => name);
  return new Set(names);
}

/** All files share one scope: a name stands for one thing in all of them. */
function checkNames(files) {
  const definedIn = new Map();
  for (const { file, text } of files) {
    for (const name of definitions(text)) {
      if (definedIn.has(name)) {
        throw new Error(`${name} is defined in ${definedIn.get(name)} and in ${file}`);
      }
      definedIn.set(name, file);
    }
  }
}

function kernelSource() {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.metal'))
    .sort()
    .map((file) => ({ file, text: withoutIncludes(file, read(file)) }));
  checkNames(files);
  const parts = [{ file: 'parameters.h', text: read('parameters.h') }, ...files];
  return ['#include <metal_stdlib>\n', ...parts.map(({ file, text }) => `#line 1 "${file}"\n${text}`)].join('');
}

/** Pieces of whole lines. */
function* pieces(text) {
  let piece = '';
  for (const line of text.match(/.*\n/g)) {
    if (piece.length + line.length > longestPiece) {
      yield piece;
      piece = '';
    }
    piece += line;
  }
  yield piece;
}

function embed(source) {
  const wrong = source.match(/[^\n -~]|\)metal"/);
  if (wrong || !source.endsWith('\n')) {
    throw new Error(`kernels are lines of ASCII without ${JSON.stringify(wrong?.[0] ?? 'a last line that does not end')}`);
  }
  const literals = [...pieces(source)].map((piece) => `    R"metal(${piece})metal"`);
  return `// Written by native/metal/embed-kernels.js.
#include "metal/kernel_source.h"

namespace mobilenet::metal {

const char kKernelSource[] =
${literals.join('\n')};

}  // namespace mobilenet::metal
`;
}

const [output, ...rest] = process.argv.slice(2);
if (output === undefined || rest.length > 0) {
  console.error('usage: node embed-kernels.js OUT.cc');
  process.exit(2);
}
mkdirSync(path.dirname(path.resolve(output)), { recursive: true });
writeFileSync(output, embed(kernelSource()));
