import { existsSync } from 'node:fs';
import path from 'node:path';
import { Classifier, Detector, Segmenter } from '../../lib';
import { rowsOf } from '../../page/src/drawing/class-runs';
import type { PageTask } from '../../page/src/engine/engine';
import { planRun } from '../../page/src/state/run-plan';
import { asApiResult, keepResult, narrow } from '../../page/src/state/shown-result';

const root = path.join(__dirname, '../..');
const coffee = path.join(root, 'photos/coffee.png');
const bundled = existsSync(path.join(root, 'models/ssdlite-mobilenet-v2-coco.safetensors'));
const all = { scoreThreshold: 0, topK: 20, maxResults: 100 };

const optionsOf = (task: PageTask) => planRun({ task, model: 'any', device: 'auto' }, null, 1000).options;

/** Without what differs from run to run. */
function withoutTiming(result: object): object {
  const { timing: _timing, ...rest } = result as { timing?: object };
  return rest;
}

(bundled ? describe : describe.skip)('what the page shows of one run', () => {
  test('is what a run with the threshold of a detector would have given', async () => {
    await using detector = await Detector.load('ssdlite-mobilenet-v2-coco');
    const once = keepResult('detect', await detector.detect(coffee, optionsOf('detect')));
    for (const scoreThreshold of [0.05, 0.1, 0.25, 0.5, 0.83, 0.99]) {
      for (const maxResults of [1, 3, 100]) {
        const asked = await detector.detect(coffee, { scoreThreshold, maxResults });
        expect(withoutTiming(asApiResult(narrow(once, { ...all, scoreThreshold, maxResults })))).toEqual(withoutTiming(asked));
      }
    }
    expect(once.task === 'detect' && once.detections.length).toBeGreaterThan(5);
  });

  test('is what a run with the limits of a classifier would have given', async () => {
    await using classifier = await Classifier.load('mobilenet-v1-0.25-224');
    const once = keepResult('classify', await classifier.classify(coffee, optionsOf('classify')));
    for (const scoreThreshold of [0, 0.01, 0.3]) {
      for (const topK of [1, 5, 20]) {
        const asked = await classifier.classify(coffee, { scoreThreshold, topK });
        expect(withoutTiming(asApiResult(narrow(once, { ...all, scoreThreshold, topK })))).toEqual(withoutTiming(asked));
      }
    }
  });

  test('keeps the class map of a segmenter, and leaves it out of the JSON', async () => {
    await using segmenter = await Segmenter.load('deeplab-v3-mobilenet-v2-pascal');
    const given = await segmenter.segment(path.join(root, 'photos/chelsea.png'));
    const kept = keepResult('segment', given);
    expect(kept.task === 'segment' && rowsOf(kept.runs, 0, given.height)).toEqual(given.classMap);
    const { classMap: _classMap, ...rest } = given;
    expect(asApiResult(kept)).toEqual(rest);
    expect(narrow(kept, all)).toBe(kept);
  });
});
