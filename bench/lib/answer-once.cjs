// A process of its own, as a user's would be: from `require` to the first answer. CommonJS, since that is what is timed.
// `node answer-once.cjs PACKAGE MODEL PIXELS WIDTH HEIGHT` prints a line of JSON.
const { readFileSync } = require('node:fs');

const [, , packageFolder, model, pixelsFile, width, height] = process.argv;
const picture = { data: readFileSync(pixelsFile), width: Number(width), height: Number(height), channels: 3 };

const mebibytes = (bytes) => bytes / 2 ** 20;

/** The most memory since this program began. What getrusage says on Linux includes the parent's, from before it became this program. */
function peakBytes() {
  if (process.platform !== 'linux') {
    return process.resourceUsage().maxRSS * 1024;
  }
  const [, kibibytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'));
  return Number(kibibytes) * 1024;
}

async function main() {
  const before = process.memoryUsage.rss();
  const started = performance.now();
  const { Classifier } = require(packageFolder);
  const required = performance.now();
  const classifier = await Classifier.load(model, { device: 'cpu' });
  const loaded = performance.now();
  await classifier.classify(picture);
  const answered = performance.now();
  const after = process.memoryUsage.rss();
  const peak = peakBytes();
  console.log(
    JSON.stringify({
      require: required - started,
      load: loaded - required,
      answer: answered - loaded,
      total: answered - started,
      memory: mebibytes(after - before),
      peak: mebibytes(peak - before),
    }),
  );
  await classifier.dispose();
}

main();
