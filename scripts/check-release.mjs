// Says whether what is checked out can be released under a tag: `node scripts/check-release.mjs TAG [--notes FILE] [--root FOLDER]`. The tag has
// to be that of the version, the changelog to have a section for it with a date, and package.json to say where the package comes from.
// Prints npm's tag for it (`latest`, or `next` for a pre-release); --notes writes the section to a file. Needs nothing installed.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

// https://semver.org, without build metadata, which npm drops.
const versionForm =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-((0|[1-9]\d*|\d*[A-Za-z-][\w-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][\w-]*))*))?$/;

/** The sections of a changelog as keepachangelog.com has them: version, what follows it on its line, and text. */
function sectionsOf(changelog) {
  return changelog
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const [heading, ...lines] = section.split('\n');
      const [, version = '', rest = ''] = heading.match(/^\[([^\]]+)\]\s*(.*)$/) ?? [];
      return {
        version,
        rest,
        text: lines
          .join('\n')
          .replace(/^\[[^\]]+\]: .*$/gm, '')
          .trim(),
      };
    });
}

function isDate(text) {
  const date = new Date(`${text}T00:00:00Z`);
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function changelogProblems(sections, version) {
  const unreleased = sections[0]?.version === 'Unreleased' ? [] : ['CHANGELOG.md does not begin with a section [Unreleased]'];
  const section = sections.find((each) => each.version === version);
  if (!section) {
    return [...unreleased, `CHANGELOG.md has no section [${version}]`];
  }
  const date = section.rest.match(/^- (\S+)$/)?.[1] ?? '';
  return [
    ...unreleased,
    ...(isDate(date) ? [] : [`CHANGELOG.md has no date for ${version}: expected "## [${version}] - YYYY-MM-DD"`]),
    ...(section.text ? [] : [`CHANGELOG.md says nothing about ${version}`]),
  ];
}

/** `owner/name` of an address of GitHub, in lower case. */
const repositoryName = (address) => address?.match(/github\.com[/:]([^/]+\/[^/#]+?)(\.git)?(#.*)?$/i)?.[1].toLowerCase();

function originProblems(manifest, repository) {
  const missing = ['repository', 'bugs', 'homepage'].filter((field) => !manifest[field]);
  const address = manifest.repository?.url ?? manifest.repository;
  return [
    ...missing.map(
      (field) =>
        `package.json has no "${field}": npm attests from which repository a package was built, and has to find it there`,
    ),
    ...(repository && address && repositoryName(address) !== repository.toLowerCase()
      ? [`package.json names the repository ${address}, but this is ${repository}`]
      : []),
    ...(manifest.private ? ['package.json says "private"'] : []),
  ];
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { notes: { type: 'string' }, root: { type: 'string', default: path.join(import.meta.dirname, '..') } },
});
const [tag] = positionals;
if (!tag) {
  console.error('usage: node scripts/check-release.mjs TAG [--notes FILE] [--root FOLDER]');
  process.exit(2);
}
const read = (file) => readFileSync(path.join(values.root, file), 'utf8');
const manifest = JSON.parse(read('package.json'));
const lockfile = JSON.parse(read('package-lock.json'));
const sections = sectionsOf(read('CHANGELOG.md'));
const { version } = manifest;
const problems = [
  ...(versionForm.test(version) ? [] : [`package.json has version ${version}, which is no semantic version`]),
  ...(tag === `v${version}` ? [] : [`the tag is ${tag}, but package.json has version ${version}: expected v${version}`]),
  ...(lockfile.version === version && lockfile.packages[''].version === version
    ? []
    : [`package-lock.json has another version than package.json: run npm install`]),
  ...changelogProblems(sections, version),
  ...originProblems(manifest, process.env.GITHUB_REPOSITORY),
];
for (const problem of problems) {
  console.error(problem);
}
if (problems.length > 0) {
  process.exit(1);
}
if (values.notes) {
  writeFileSync(values.notes, `${sections.find((section) => section.version === version).text}\n`);
}
console.log(version.includes('-') ? 'next' : 'latest');
