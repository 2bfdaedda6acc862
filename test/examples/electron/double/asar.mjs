// `node asar.mjs list ARCHIVE` prints the paths in it as JSON, `node asar.mjs extract ARCHIVE FOLDER` unpacks it. Jest cannot load @electron/asar, an ES
// module, by itself.
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const example = createRequire(new URL('../../../../examples/electron/package.json', import.meta.url));
const asar = await import(pathToFileURL(example.resolve('@electron/asar')).href);
const [, , command, archive, folder] = process.argv;
if (command === 'list') {
  console.log(JSON.stringify(asar.listPackage(archive, { isPack: false }).map((file) => file.slice(1))));
} else {
  asar.extractAll(archive, folder);
}
