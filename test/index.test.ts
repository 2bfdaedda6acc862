import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as api from '../lib/index';

test('the public API, and nothing else', () => {
  expect(Object.keys(api).sort()).toEqual([
    'Classifier',
    'Detector',
    'Embedder',
    'MobileNetError',
    'Network',
    'Segmenter',
    'convertModel',
    'cosineSimilarity',
    'devices',
    'drawDetections',
    'drawSegmentation',
    'listModels',
    'pullModel',
    'removeModel',
    'runJob',
    'version',
    'voidClass',
  ]);
});

test('version is that of package.json', () => {
  expect(api.version).toBe(JSON.parse(readFileSync(join(__dirname, '../package.json'), 'utf8')).version);
});

test('devices names this machine', () => {
  expect(api.devices()).toContainEqual(
    expect.objectContaining({ type: 'cpu', instructionSets: expect.arrayContaining(['portable']) }),
  );
});

test('listModels gives the published models by name, with where they are', async () => {
  const models = await api.listModels();
  const names = models.map(({ name }) => name);
  expect(names).toEqual([...names].sort());
  expect(models.find(({ name }) => name === 'mobilenet-v1-0.25-224')?.location).toBe('bundled');
  expect(models.find(({ name }) => name === 'mobilenet-v2-1.0-224')?.location).toMatch(/^(available|cached)$/);
});
