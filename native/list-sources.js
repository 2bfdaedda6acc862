// Prints parts of sources.json for binding.gyp: `sources core addon`, `kernel-sources avx2`, `kernel-flags avx2`, `flags`;
// `metal-kernels`; and `class-suffix`, of Objective-C's classes.
const { readdirSync } = require('node:fs');
const path = require('node:path');
const list = require('./sources.json');
const { version } = require('../package.json');

const [what, ...names] = process.argv.slice(2);
const kernel = list.kernels.find(({ name }) => name === names[0]);
// Warnings are for those who work on the sources, not for those who install.
const quiet = (flags) => flags.filter((flag) => !flag.startsWith('-W'));
const paths = (sources) => sources.map((source) => `native/${source}`);
const parts = {
  sources: () => paths(names.flatMap((name) => list[name])),
  'kernel-sources': () => paths(kernel.sources),
  'kernel-flags': () => quiet([...list.flags, ...kernel.flags]),
  flags: () => quiet(list.flags),
  'class-suffix': () => [`_${version.replaceAll(/\W/g, '_')}`],
  'metal-kernels': () => paths(readdirSync(path.join(__dirname, 'metal', 'kernels')).map((file) => `metal/kernels/${file}`)),
};
console.log(parts[what]().join('\n'));
