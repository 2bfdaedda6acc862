import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const script = path.join(__dirname, '..', '..', 'scripts', 'check-release.mjs');
const changelog =
  '# Changelog\n\n## [Unreleased]\n\n## [1.2.3] - 2026-11-28\n\n### Added\n\n- Clouds\n\n## [1.2.2] - 2026-11-01\n\n- Rain\n';
const origin = {
  repository: { type: 'git', url: 'git+https://github.com/Someone/mobilenet-metal.git' },
  bugs: 'https://github.com/Someone/mobilenet-metal/issues',
  homepage: 'https://github.com/Someone/mobilenet-metal#readme',
};

let root: string;

beforeAll(() => {
  root = mkdtempSync(path.join(os.tmpdir(), 'mobilenet-release-'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Project {
  version?: string;
  manifest?: Record<string, unknown>;
  changelog?: string;
  locked?: string;
}

/** Runs the check on a project that is in order but for what is named. */
function check(tag: string, { version = '1.2.3', manifest = {}, changelog: text = changelog, locked = version }: Project = {}) {
  writeFileSync(path.join(root, 'package.json'), JSON.stringify({ name: 'mobilenet-metal', version, ...origin, ...manifest }));
  writeFileSync(path.join(root, 'package-lock.json'), JSON.stringify({ version: locked, packages: { '': { version: locked } } }));
  writeFileSync(path.join(root, 'CHANGELOG.md'), text);
  const notes = path.join(root, 'notes.md');
  rmSync(notes, { force: true });
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [script, ...(tag ? [tag] : []), '--root', root, '--notes', notes],
    {
      encoding: 'utf8',
      env: { ...process.env, GITHUB_REPOSITORY: 'someone/mobilenet-metal' },
    },
  );
  return { status, stdout, problems: stderr.trim().split('\n').filter(Boolean), notes };
}

test('a version with its tag and its section goes out as the latest, with the section as notes', () => {
  const { notes, ...result } = check('v1.2.3');
  expect(result).toEqual({ status: 0, stdout: 'latest\n', problems: [] });
  expect(readFileSync(notes, 'utf8')).toBe('### Added\n\n- Clouds\n');
});

test('a pre-release goes out as the next', () => {
  const version = '2.0.0-beta.1';
  const { status, stdout } = check(`v${version}`, { version, changelog: changelog.replace('1.2.3', version) });
  expect({ status, stdout }).toEqual({ status: 0, stdout: 'next\n' });
});

test.each<[string, string, Project, string]>([
  ['another tag', 'v1.2.4', {}, 'the tag is v1.2.4, but package.json has version 1.2.3: expected v1.2.3'],
  ['a tag without v', '1.2.3', {}, 'the tag is 1.2.3, but package.json has version 1.2.3: expected v1.2.3'],
  [
    'no semantic version',
    'v1.2',
    { version: '1.2', changelog: changelog.replace('1.2.3', '1.2') },
    'version 1.2, which is no semantic version',
  ],
  ['another version in the lockfile', 'v1.2.3', { locked: '1.2.2' }, 'package-lock.json has another version'],
  ['no section', 'v1.3.0', { version: '1.3.0' }, 'CHANGELOG.md has no section [1.3.0]'],
  [
    'no date',
    'v1.2.3',
    { changelog: changelog.replace(' - 2026-11-28', '') },
    'no date for 1.2.3: expected "## [1.2.3] - YYYY-MM-DD"',
  ],
  ['a word for a date', 'v1.2.3', { changelog: changelog.replace('2026-11-28', 'soon') }, 'no date for 1.2.3'],
  ['a day that is none', 'v1.2.3', { changelog: changelog.replace('2026-11-28', '2026-02-30') }, 'no date for 1.2.3'],
  [
    'an empty section',
    'v1.2.3',
    { changelog: changelog.replace('### Added\n\n- Clouds\n', '') },
    'CHANGELOG.md says nothing about 1.2.3',
  ],
  [
    'no section for what comes',
    'v1.2.3',
    { changelog: changelog.replace('## [Unreleased]\n', '') },
    'does not begin with a section [Unreleased]',
  ],
  ['no repository', 'v1.2.3', { manifest: { repository: undefined } }, 'package.json has no "repository"'],
  ['no bugs', 'v1.2.3', { manifest: { bugs: undefined } }, 'package.json has no "bugs"'],
  ['no homepage', 'v1.2.3', { manifest: { homepage: undefined } }, 'package.json has no "homepage"'],
  ['a fork', 'v1.2.3', { manifest: { repository: 'github.com/other/mobilenet-metal' } }, 'but this is someone/mobilenet-metal'],
  ['a private package', 'v1.2.3', { manifest: { private: true } }, 'package.json says "private"'],
])('%s is refused', (_, tag, project, problem) => {
  const { status, stdout, problems } = check(tag, project);
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(problems).toEqual([expect.stringContaining(problem)]);
});

test('all that is wrong is told at once', () => {
  const { problems } = check('v1', { manifest: { repository: undefined, homepage: undefined }, changelog: '' });
  expect(problems).toHaveLength(5);
});

test('without a tag it says how it is used', () => {
  expect(check('')).toMatchObject({ status: 2, problems: [expect.stringMatching(/^usage: /)] });
});
