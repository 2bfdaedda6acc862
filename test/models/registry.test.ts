import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { graphStatistics } from '../../lib/graph/statistics';
import { loadModelFile } from '../../lib/models/model-file';
import {
  encodeRegistry,
  listModels,
  MODELS_DIRECTORY,
  REGISTRY_FILE,
  type RegistryEntry,
  readRegistry,
  resolveModel,
  validateRegistry,
} from '../../lib/models/registry';
import { errorOf, matching, rejectionOf } from '../error-of';
import { fieldPaths, type JsonPath, withValue } from '../with-value';

const sha256 = '0123456789abcdef'.repeat(4);
const integrity = `sha512-${'A'.repeat(86)}==`;

/** An entry with every field there is. */
const entry = (name: string): RegistryEntry => ({
  name,
  task: 'classify',
  description: `The network ${name}`,
  license: 'Apache-2.0',
  parameters: 467_593,
  macs: 41_000_000,
  input: [224, 224],
  sources: [
    { type: 'bundled', file: `${name}.safetensors`, sha256, bytes: 1000 },
    {
      type: 'npm',
      package: '@scope/some-package',
      version: '1.0.0',
      integrity,
      files: [{ path: 'a/model.min.js', name: 'model.json', unwrap: 'script-object' }, { path: 'a/weights' }],
      conversion: { weights: 'mixed' },
    },
    {
      type: 'https',
      url: 'https://example.org/a.tgz',
      sha256,
      bytes: 5,
      files: [{ path: 'a.pb' }],
      conversion: { labels: 'coco' },
    },
    { type: 'https', url: 'https://example.org/a.pb', sha384: sha256.slice(0, 32) + sha256 },
  ],
  conversion: {
    labels: 'imagenet-1000',
    inputRange: [-1, 1],
    inputSize: { width: 224, height: 192 },
    resize: { resize: 'pad', centralFraction: 0.875, padValue: [127.5, 0, 255], alignCorners: true, halfPixelCenters: false },
    activation: 'sigmoid',
    weights: 'keep',
  },
});

const entries = [entry('mobilenet-v2-1.0-224'), entry('mobilenet-v1-0.25-224')];
const fileOf = (name: string) => join(directory, `${name}.safetensors`);
let directory: string;
let cache: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'registry-'));
  cache = join(directory, 'cache');
  writeFileSync(join(directory, REGISTRY_FILE), encodeRegistry(entries));
  writeFileSync(fileOf('mobilenet-v1-0.25-224'), 'a model');
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

describe('readRegistry', () => {
  it('reads what encodeRegistry wrote, by name', async () => {
    expect(await readRegistry(directory)).toEqual([entries[1], entries[0]]);
    expect(encodeRegistry(entries)).toBe(encodeRegistry([...entries].reverse()));
    expect(encodeRegistry(entries).endsWith('}\n')).toBe(true);
  });

  it('rejects without a registry, and with a damaged one', async () => {
    expect(await rejectionOf(readRegistry(join(directory, 'none')))).toMatch(matching('ERR_MODEL_NOT_FOUND', REGISTRY_FILE));
    const damaged = mkdtempSync(join(directory, 'damaged-'));
    for (const [text, message] of [
      ['{', 'JSON'],
      ['[]', 'expected an object'],
      ['{"models":[],"models":[]}', 'occurs twice'],
      ['{"models":[{}]}', "models[0]: the field 'name' is missing"],
    ] as const) {
      writeFileSync(join(damaged, REGISTRY_FILE), text);
      expect(await rejectionOf(readRegistry(damaged))).toMatch(matching('ERR_MODEL_CORRUPT', damaged, message));
    }
  });
});

describe('listModels', () => {
  it('says where each model is', async () => {
    expect(await listModels(directory, cache)).toEqual([
      {
        ...entries[1],
        ...{
          location: 'bundled',
          path: fileOf('mobilenet-v1-0.25-224'),
          file: 'mobilenet-v1-0.25-224.safetensors',
          sha256,
          bytes: 1000,
        },
        source: `npm package @scope/some-package 1.0.0, a/model.min.js (${integrity})`,
      },
      {
        ...{ ...entries[0], location: 'available' },
        source: `npm package @scope/some-package 1.0.0, a/model.min.js (${integrity})`,
      },
    ]);
  });
});

describe('validateRegistry', () => {
  it('refuses a value of a wrong type at every field', () => {
    const may = ['alignCorners=true', 'halfPixelCenters=true', 'conversion=[object Object]'];
    for (const path of fieldPaths({ models: [entries[0]] })) {
      for (const value of [null, true, -1e9, 1e99, '', [1], {}]) {
        const error = errorOf(() => validateRegistry(withValue({ models: [entries[0]] }, path, value)));
        const expected = may.includes(`${path.at(-1)}=${value}`) ? 'nothing was thrown' : 'ERR_MODEL_CORRUPT';
        expect(`${path}=${value}: ${error}`).toContain(`: ${expected}`);
      }
    }
  });

  it('needs what an entry cannot do without', () => {
    for (const field of ['name', 'task', 'description', 'license', 'input', 'sources']) {
      const { [field]: _, ...rest } = entries[0] as unknown as Record<string, unknown>;
      expect(errorOf(() => validateRegistry({ models: [rest] }))).toMatch(matching('ERR_MODEL_CORRUPT', `'${field}' is missing`));
    }
    const least = { ...entry('least'), parameters: undefined, macs: undefined, conversion: undefined };
    expect(validateRegistry({ models: [JSON.parse(JSON.stringify(least))] })).toHaveLength(1);
  });

  it.each<[string, JsonPath, unknown, string]>([
    ['a file elsewhere', ['models', 0, 'sources', 0, 'file'], '../secret.safetensors', 'models[0].sources[0].file'],
    ['a file of another kind', ['models', 0, 'sources', 0, 'file'], 'model.bin', 'models[0].sources[0].file'],
    ['a name that a file could have', ['models', 0, 'name'], 'a.safetensors', 'models[0].name'],
    ['a name of the folder above', ['models', 0, 'name'], '..', 'models[0].name'],
    ['capitals, which some file systems take for others', ['models', 0, 'name'], 'Net', 'models[0].name'],
    ['an unknown field', ['models', 0, 'sources', 2, 'md5'], 'x', "models[0].sources[2]: unknown field 'md5'"],
    [
      'an unknown kind of source',
      ['models', 0, 'sources', 1, 'type'],
      'ftp',
      "models[0].sources[1].type: expected one of 'bundled'",
    ],
    ['a range of versions', ['models', 0, 'sources', 1, 'version'], '^1.0.0', 'one exact version'],
    ['a short integrity', ['models', 0, 'sources', 1, 'integrity'], 'sha512-AAAA', 'sha512-'],
    ['an integrity of a weak hash', ['models', 0, 'sources', 1, 'integrity'], `sha1-${'A'.repeat(27)}=`, 'sha512-'],
    ['a package elsewhere', ['models', 0, 'sources', 1, 'package'], '../x', "an npm package's name"],
    ['a package by its address', ['models', 0, 'sources', 1, 'package'], 'https://example.org/a.tgz', "an npm package's name"],
    ['plain http', ['models', 0, 'sources', 2, 'url'], 'http://example.org/a', 'an https address'],
    ['an address with a password', ['models', 0, 'sources', 2, 'url'], 'https://a:b@example.org/a', 'an https address'],
    ['no address', ['models', 0, 'sources', 2, 'url'], 'example.org', 'an https address'],
    ['two hashes', ['models', 0, 'sources', 2, 'sha384'], '0'.repeat(96), 'no second hash'],
    ['a hash in capitals', ['models', 0, 'sources', 2, 'sha256'], 'A'.repeat(64), '64 lower-case'],
    ['a path upwards', ['models', 0, 'sources', 2, 'files', 0, 'path'], 'a/../../b', 'a relative path'],
    ['a path from the root', ['models', 0, 'sources', 2, 'files', 0, 'path'], '/etc/passwd', 'a relative path'],
    ['a name with a folder', ['models', 0, 'sources', 1, 'files', 1, 'name'], 'a/b', 'a file name'],
    ['two files of a name', ['models', 0, 'sources', 1, 'files', 1, 'name'], 'model.json', 'a name no other file has'],
    ['no sources', ['models', 0, 'sources'], [], 'an array of 1 to'],
    ['a bundled file after others', ['models', 0, 'sources', 1], entries[1]?.sources[0], 'to be the first source'],
    ['a name like a path', ['models', 0, 'name'], 'a/b', 'models[0].name'],
    ['a name twice', ['models', 1, 'name'], entries[0]?.name, 'models[1].name: expected a name no other model has'],
    [
      'a file twice',
      ['models', 1, 'sources', 0],
      entries[0]?.sources[0],
      'models[1].sources[0].file: expected a file no other model has',
    ],
    ['a short hash', ['models', 0, 'sources', 0, 'sha256'], 'abc', 'models[0].sources[0].sha256'],
    ['a size of one number', ['models', 0, 'input'], [224], 'models[0].input: expected an array of 2'],
  ])('refuses %s', (_, path, value, message) => {
    expect(errorOf(() => validateRegistry(withValue({ models: entries }, path, value)))).toMatch(
      matching('ERR_MODEL_CORRUPT', message),
    );
  });
});

describe('resolveModel', () => {
  it('finds a bundled model by its name', async () => {
    const path = fileOf('mobilenet-v1-0.25-224');
    const found = await resolveModel('mobilenet-v1-0.25-224', directory, cache);
    expect(found).toMatchObject({ path, entry: { ...entries[1], location: 'bundled', sha256 } });
  });

  it('looks at no other entry than the one of that name', async () => {
    const damaged = mkdtempSync(join(directory, 'half-damaged-'));
    const models = [{ ...entries[0], task: 'guess' }, null, entries[1]];
    writeFileSync(join(damaged, REGISTRY_FILE), JSON.stringify({ models }));
    writeFileSync(join(damaged, 'mobilenet-v1-0.25-224.safetensors'), 'a model');
    expect(await resolveModel('mobilenet-v1-0.25-224', damaged, cache)).toMatchObject({ entry: entries[1] });
    for (const name of ['mobilenet-v2-1.0-224', 'resnet']) {
      expect(await rejectionOf(resolveModel(name, damaged, cache))).toMatch(matching('ERR_MODEL_CORRUPT', 'models[0].task'));
    }
  });

  it('says how to get a known model that is not here', async () => {
    const error = await rejectionOf(resolveModel('mobilenet-v2-1.0-224', directory, cache));
    expect(error).toBe(
      "ERR_MODEL_NOT_FOUND 'mobilenet-v2-1.0-224' is known but not here: run mobilenet models pull mobilenet-v2-1.0-224",
    );
  });

  it('takes what looks like a path for one', async () => {
    for (const path of ['./mobilenet', 'models/mobilenet', 'mobilenet.safetensors', 'C:\\models\\mobilenet', '/mobilenet']) {
      expect(await resolveModel(path, directory)).toEqual({ path });
    }
    const url = pathToFileURL(join(directory, 'a b.safetensors'));
    expect(await resolveModel(url, directory)).toEqual({ path: join(directory, 'a b.safetensors') });
    expect(await resolveModel(url.href, directory)).toEqual({ path: join(directory, 'a b.safetensors') });
  });

  it('answers an unknown name with the nearest and the list', async () => {
    const error = await rejectionOf(resolveModel('mobilenet-v1-0.25-244', directory, cache));
    expect(error).toMatch(matching('ERR_MODEL_NOT_FOUND', "'mobilenet-v1-0.25-244'", "did you mean 'mobilenet-v1-0.25-224'?"));
    const strange = await rejectionOf(resolveModel('resnet', directory, cache));
    expect(strange).toMatch(matching('ERR_MODEL_NOT_FOUND', 'models here: mobilenet-v1-0.25-224; mobilenet models list'));
    expect(strange).not.toContain('did you mean');
    for (const name of ['constructor', '__proto__', '..', '.']) {
      expect(await rejectionOf(resolveModel(name, directory, cache))).toMatch(/^ERR_MODEL_NOT_FOUND /);
    }
  });

  it.each(['', null, undefined, 7, {}, new URL('https://example.org/a.safetensors'), 'file://[/a'])(
    'refuses %p',
    async (value) => {
      expect(await rejectionOf(resolveModel(value as string, directory))).toMatch(
        matching('ERR_INVALID_OPTION', 'the model', 'file: URL'),
      );
    },
  );
});

describe('the bundled models', () => {
  it('lie in the models directory of the package', () => {
    expect(existsSync(join(MODELS_DIRECTORY, '..', 'package.json'))).toBe(true);
  });

  it('are what the registry says', async () => {
    const models = (await listModels()).filter(({ location }) => location === 'bundled');
    expect(models).toHaveLength(3);
    for (const { name } of models) {
      const { path, entry } = await resolveModel(name);
      expect(statSync(path).size).toBe(entry?.bytes);
      expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(entry?.sha256);
      const { description } = await loadModelFile(path);
      const { parameters, macs } = graphStatistics(description.graph);
      const { task, license, source, graph } = description;
      expect({
        name: description.name,
        task,
        license,
        source,
        parameters,
        macs,
        input: [graph.input.height, graph.input.width],
      }).toEqual({
        name,
        task: entry?.task,
        license: entry?.license,
        source: entry?.source,
        parameters: entry?.parameters,
        macs: entry?.macs,
        input: entry?.input,
      });
    }
  });
});
