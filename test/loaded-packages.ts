/*
 * Loads this package and a model and classifies pixels in a process of its own: node scripts/run-ts.mjs test/loaded-packages.ts [IMAGE]
 * Prints a line of JSON: the packages in node_modules that were loaded for it. With IMAGE that picture is classified as well.
 */
const before = new Set(Object.keys(require.cache));

async function main(): Promise<void> {
  const { Classifier } = require('../lib/index') as typeof import('../lib/index');
  const classifier = await Classifier.load('mobilenet-v1-0.25-224', { device: 'cpu' });
  for (const channels of [1, 3, 4] as const) {
    await classifier.classify({ data: new Uint8Array(30 * 20 * channels), width: 30, height: 20, channels });
  }
  const image = process.argv[2];
  if (image !== undefined) {
    await classifier.classify(image);
  }
  await classifier.dispose();
  const files = Object.keys(require.cache).filter((file) => !before.has(file));
  const packages = files.flatMap((file) => /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1] ?? []);
  console.log(JSON.stringify([...new Set(packages)]));
}

main();
