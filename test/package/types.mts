// Compiled, not run: the package's types as a strict project sees them, through `import`.
import {
  Classifier,
  type ClassifyOptions,
  type ClassifyResult,
  type ConvertedModel,
  type ConvertModelOptions,
  convertModel,
  cosineSimilarity,
  type DetectOptions,
  Detector,
  drawDetections,
  drawSegmentation,
  Embedder,
  type JobOptions,
  listModels,
  MobileNetError,
  Network,
  type PulledModel,
  pullModel,
  runJob,
  Segmenter,
  voidClass,
} from 'mobilenet-metal';

const options: ClassifyOptions = { topK: 3, scoreThreshold: 0.1, signal: AbortSignal.timeout(1000) };
const classifier: Classifier = await Classifier.load('mobilenet-v1-0.25-224', { threads: 1 });
const result: ClassifyResult = await classifier.classify('photo.jpg', options);
const first: { index: number; label: string; score: number } | undefined = result.categories[0];
const milliseconds: number = result.timing.network;
// @ts-expect-error: unknown options are refused by the compiler too.
await classifier.classify('photo.jpg', { topk: 3 });
try {
  await classifier.dispose();
} catch (error) {
  if (error instanceof MobileNetError && error.code === 'ERR_DISPOSED') {
    console.log(error.message);
  }
}
console.log(first?.label, milliseconds, (await listModels()).length);

const detector = await Detector.load('ssdlite-mobilenet-v2-coco');
const detectOptions: DetectOptions = { iouThreshold: 0.5, nonMaxSuppression: 'class-agnostic', allow: ['cat'] };
const found = await detector.detect('photo.jpg', detectOptions);
const box: { x: number; y: number; width: number; height: number } | undefined = found.detections[0]?.box;
await (await drawDetections('photo.jpg', found)).jpeg().toFile('drawn.jpg');
// A box is a region: what stands in it can be looked at by itself.
if (box) await classifier.classify('photo.jpg', { region: box });

const segmenter = await Segmenter.load('deeplab-v3-mobilenet-v2-pascal');
const segmentation = await segmenter.segment('photo.jpg', { masks: ['cat'], confidence: true });
const unseen: boolean = segmentation.classMap[0] === voidClass;
const png: Buffer = await drawSegmentation('photo.jpg', segmentation, { output: 'png' });
// @ts-expect-error: only numbers are opacities.
await drawSegmentation('photo.jpg', segmentation, { opacity: 'half' });

const embedder = await Embedder.load('mobilenet-v1-0.25-224', { layer: 'logits' });
const [one, other] = [await embedder.embed('one.jpg'), await embedder.embed('other.jpg', { pooling: 'max' })];
const similarity: number = cosineSimilarity(one, other);
const network = await Network.load('mobilenet-v1-0.25-224');
const logits: Float32Array | undefined = (await network.run('photo.jpg')).outputs.logits?.data;
console.log(unseen, png.length, similarity, logits?.length);

const conversion: ConvertModelOptions = { inputRange: [-1, 1], labels: 'imagenet', weights: 'mixed' };
const { bytes, check }: ConvertedModel = await convertModel('saved_model', conversion);
const compared: boolean | undefined = check?.comparison.compared;
await convertModel({ files: new Map([['net.tflite', bytes]]), name: 'net.tflite' });
// @ts-expect-error: there is no such storage of weights.
await convertModel('saved_model', { weights: 'int4' });
const pulled: PulledModel = await pullModel('mobilenet-v2-1.0-224', { signal: AbortSignal.timeout(1000) });
console.log(compared, pulled.path);

for await (const row of runJob(['photos'], { task: 'classify', model: 'mobilenet-v1-0.25-224', options: { topK: 1 } })) {
  const said: string | undefined = 'error' in row ? row.error.code : row.categories[0]?.label;
  // @ts-expect-error: a row of a classifier has no boxes.
  console.log(said, row.detections);
}
const job: JobOptions = { task: 'embed', model: 'mobilenet-v1-0.25-224' };
for await (const row of runJob('photos', job)) {
  if (!('error' in row) && 'embedding' in row) {
    const numbers: number[] = row.embedding;
    console.log(row.image, numbers.length, row.layer);
  }
}
