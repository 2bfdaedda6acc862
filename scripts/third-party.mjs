import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(import.meta.url);

/** Others' code that is compiled into the prebuilt binaries, and hence asks for its licence beside them. */
const compiledIn = [{ name: 'node-addon-api', licence: 'LICENSE.md' }];

/** Markdown: who wrote what of the package is not its own, under which licence. Dependencies carry theirs themselves. */
export function thirdPartyNotice() {
  const parts = compiledIn.map(({ name, licence }) => {
    const manifest = require.resolve(`${name}/package.json`);
    const { version, license } = JSON.parse(readFileSync(manifest, 'utf8'));
    const text = readFileSync(path.join(path.dirname(manifest), licence), 'utf8').trim();
    return `## ${name} - ${version} (${license})\n\n${text.replace(/^# .*\n+/gm, '')}\n`;
  });
  return [
    '# Third parties\n',
    'The binaries in `prebuilds` hold code of others. What the page is bundled with stands in `dist/page/licenses.md`, what the models and the',
    'photo come from in `models/README.md` and `photos/README.md`.\n',
    ...parts,
  ].join('\n');
}
