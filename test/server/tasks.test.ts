import { readFileSync } from 'node:fs';
import { gzipSync, inflateSync } from 'node:zlib';
import sharp from 'sharp';
import type { RunningServer } from '../../lib/server/server';
import { Classifier } from '../../lib/tasks/classifier';
import { Detector } from '../../lib/tasks/detector';
import { Embedder } from '../../lib/tasks/embedder';
import { Segmenter } from '../../lib/tasks/segmenter';
import { ask, photo, refusal, start, stopAll } from './start';

const cat = readFileSync(photo('chelsea.png'));
const coffee = readFileSync(photo('coffee.png'));
const onOneThread = { device: 'cpu', threads: 1 } as const;

let server: RunningServer;
const post = (path: string, body: Uint8Array | FormData = cat, headers: Record<string, string> = {}) =>
  ask(server, path, { method: 'POST', body: body as RequestInit['body'], headers });
const form = (...parts: [name: string, value: string | Uint8Array][]) => {
  const data = new FormData();
  for (const [name, value] of parts) {
    data.append(
      name,
      typeof value === 'string' ? value : new Blob([new Uint8Array(value)]),
      ...(typeof value === 'string' ? [] : ['photo.png']),
    );
  }
  return data;
};

beforeAll(async () => {
  server = await start();
});
afterAll(stopAll);

/** A result of the API without what is of this run. */
const lasting = <Result extends { timing: unknown }>({ timing: _, ...rest }: Result) => rest;
const common = { timing: expect.objectContaining({ decode: expect.any(Number), network: expect.any(Number) }) };

test('classify: what the API says, to the last digit', async () => {
  await using classifier = await Classifier.load('mobilenet-v1-0.25-224', onOneThread);
  const options = { topK: 3, deny: ['Egyptian cat'], region: { x: 40, y: 0, width: 300, height: 300 }, rotation: 90 };
  const expected = lasting(await classifier.classify(cat, options));
  const answer = await post('/v1/classify?topK=3&deny=Egyptian%20cat&region=40,0,300,300&rotation=90');
  expect(answer).toEqual({ status: 200, body: { ...expected, ...common } });
});

test('detect, and a form instead of a raw body', async () => {
  await using detector = await Detector.load('ssdlite-mobilenet-v2-coco', onOneThread);
  const expected = lasting(await detector.detect(coffee, { scoreThreshold: 0.3, allow: ['cup', 67] }));
  const query = '/v1/detect?scoreThreshold=0.3&allow=cup&allow=67';
  expect(expected.detections.map(({ label }) => label)).toEqual(expect.arrayContaining(['cup', 'dining table']));
  expect(await post(query, coffee)).toEqual({ status: 200, body: { ...expected, ...common } });
  expect(await post(query, form(['image', coffee]))).toEqual({ status: 200, body: { ...expected, ...common } });
});

test('segment: the same map in every encoding', async () => {
  await using segmenter = await Segmenter.load('deeplab-v3-mobilenet-v2-pascal', onOneThread);
  const { classMap, confidence, masks, ...expected } = lasting(
    await segmenter.segment(cat, { confidence: true, masks: ['cat'] }),
  );
  const { body, status } = await post('/v1/segment?classMap=deflate&confidence=true&masks=cat');
  type Encoded = { encoding: string; data: string };
  const { masks: sentMasks, ...sent } = body as { classMap: Encoded; confidence: Encoded; masks: { mask: Encoded }[] };
  const unpack = ({ data }: Encoded) => inflateSync(Buffer.from(data, 'base64'));
  expect(status).toBe(200);
  expect(sent).toMatchObject({ ...expected, ...common });
  expect(unpack(sent.classMap).equals(classMap)).toBe(true);
  expect(confidence && unpack(sent.confidence).equals(confidence)).toBe(true);
  expect(masks?.map(({ mask }, i) => sentMasks[i] && unpack(sentMasks[i].mask).equals(mask))).toEqual([true]);

  const png = await post('/v1/segment');
  const { data } = (png.body as { classMap: Encoded }).classMap;
  const pixels = await sharp(Buffer.from(data, 'base64')).extractChannel(0).raw().toBuffer();
  expect(pixels.equals(classMap)).toBe(true);

  const response = await fetch(`${server.url}/v1/segment?answer=mask`, { method: 'POST', body: new Uint8Array(cat) });
  expect(response.headers.get('content-type')).toBe('image/png');
  const mask = await sharp(Buffer.from(await response.arrayBuffer()))
    .extractChannel(0)
    .raw()
    .toBuffer();
  expect(mask.equals(classMap)).toBe(true);

  const none = await post('/v1/segment?classMap=none');
  expect(none.body).toMatchObject({ legend: expected.legend });
  expect(none.body).not.toHaveProperty('classMap');
});

test('masks of all classes in the picture, and maps of the size of the network', async () => {
  const { body } = await post('/v1/segment?masks=true&output=model&classMap=none');
  expect(body).toMatchObject({ mapWidth: 513, mapHeight: 513, content: { width: expect.any(Number) } });
  const { masks, legend } = body as { masks: { index: number }[]; legend: { index: number }[] };
  expect(masks.map(({ index }) => index)).toEqual(legend.map(({ index }) => index));
});

test('embed', async () => {
  await using embedder = await Embedder.load('mobilenet-v1-0.25-224', onOneThread);
  const { embedding, layer, shape } = await embedder.embed(cat, { pooling: 'max', l2Normalize: false });
  const { body } = await post('/v1/embed?pooling=max&l2Normalize=false');
  expect(body).toMatchObject({ layer, shape });
  expect(Float32Array.from((body as { embedding: number[] }).embedding)).toEqual(embedding);
  // Any model has layers.
  expect(await post('/v1/embed?model=ssdlite-mobilenet-v2-coco')).toEqual(refusal(400, 'ERR_INVALID_OPTION', 'layer'));
});

test('wrong options', async () => {
  const cases: [string, string][] = [
    ['topk=3', "did you mean 'topK'?"],
    ['topK=three', "expected a whole number from 1 to 1001 for topK but received 'three'"],
    ['topK=', "received ''"],
    ['topK=3&topK=4', 'expected one value for topK but received 2'],
    ['scoreThreshold=2', 'expected a number from 0 to 1 for scoreThreshold but received 2'],
    ['region=1,2,3', 'region'],
    ['region=0,0,9999,1', 'region'],
    ['rotation=45', 'rotation'],
    ['allow=no such thing', 'no such thing'],
    ['device=gpu', "did you mean 'cpu'?"],
    ['signal=x', "unknown parameter 'signal'"],
    ['__proto__=x', 'unknown parameter'],
  ];
  for (const [query, text] of cases) {
    expect([query, await post(`/v1/classify?${query}`)]).toEqual([query, refusal(400, 'ERR_INVALID_OPTION', text)]);
  }
  expect(await post('/v1/segment?classMap=gif')).toEqual(refusal(400, 'ERR_INVALID_OPTION', "'deflate'"));
  expect(await post('/v1/classify?device=metal:1')).toEqual(refusal(404, 'ERR_NO_DEVICE'));
});

test('wrong models', async () => {
  expect(await post('/v1/classify?model=mobilenet-v1-0.25-22')).toEqual(refusal(404, 'ERR_MODEL_NOT_FOUND', 'did you mean'));
  expect(await post('/v1/classify?model=ssdlite-mobilenet-v2-coco')).toEqual(refusal(400, 'ERR_MODEL_TASK', 'detect'));
  expect(await post('/v1/segment?model=deeplab-v3-mobilenet-v2-ade20k')).toEqual(
    refusal(404, 'ERR_MODEL_NOT_FOUND', 'models pull'),
  );
});

test('wrong pictures', async () => {
  expect(await post('/v1/classify', Buffer.from('no picture'))).toEqual(refusal(422, 'ERR_IMAGE_DECODE'));
  expect(await post('/v1/classify', cat.subarray(0, 5000))).toEqual(refusal(422, 'ERR_IMAGE_DECODE'));
  expect(await post('/v1/classify', Buffer.alloc(0))).toEqual(refusal(400, 'ERR_BAD_REQUEST', 'nothing'));
  const json = { 'content-type': 'application/json' };
  expect(await post('/v1/classify', Buffer.from('{"url":"file:///etc/passwd"}'), json)).toEqual(
    refusal(415, 'ERR_UNSUPPORTED_MEDIA_TYPE', 'application/json'),
  );
  // Clients and proxies may compress what they send: that is not for the picture to answer for.
  expect(await post('/v1/classify', gzipSync(cat), { 'content-encoding': 'gzip' })).toEqual(
    refusal(415, 'ERR_UNSUPPORTED_MEDIA_TYPE', "'gzip'"),
  );
  expect(await post('/v1/classify', cat, { 'content-encoding': 'Identity' })).toMatchObject({ status: 200 });
  expect(await post('/v1/classify', cat, { 'content-type': 'application/x-www-form-urlencoded' })).toMatchObject({ status: 200 });
});

test('a picture cannot show the server’s files', async () => {
  const svg = (href: string) =>
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300" height="300"><image width="300" height="300" xlink:href="${href}"/></svg>`,
    );
  const labels = async (href: string) => {
    const { body } = await post('/v1/classify?topK=1', svg(href));
    return (body as { categories: { label: string }[] }).categories[0]?.label;
  };
  // What is in the picture itself is shown.
  expect(await labels(`data:image/png;base64,${cat.toString('base64')}`)).toMatch(/cat/);
  const nothing = await labels('');
  for (const href of [photo('chelsea.png'), `file://${photo('chelsea.png')}`]) {
    expect([href, await labels(href)]).toEqual([href, nothing]);
  }
});

test('wrong forms', async () => {
  expect(await post('/v1/classify', form(['topK', '3'], ['image', cat]))).toEqual(
    refusal(400, 'ERR_BAD_REQUEST', 'in the query'),
  );
  expect(await post('/v1/classify', form(['image', cat], ['image', cat]))).toEqual(
    refusal(400, 'ERR_BAD_REQUEST', 'one picture'),
  );
  expect(await post('/v1/classify', form())).toEqual(refusal(400, 'ERR_BAD_REQUEST'));
  const multipart = { 'content-type': 'multipart/form-data; boundary=x' };
  expect(await post('/v1/classify', Buffer.from('--x\r\nnonsense'), multipart)).toEqual(refusal(400, 'ERR_BAD_REQUEST'));
  expect(await post('/v1/classify', cat, { 'content-type': 'multipart/form-data' })).toEqual(refusal(400, 'ERR_BAD_REQUEST'));
});
