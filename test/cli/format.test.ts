import { parseRegion, withFlags } from '../../lib/cli/arguments';
import { bar, columns, duration, fileSize, grouped, millions, percent, properties } from '../../lib/cli/format';
import { printable } from '../../lib/cli/output';
import { describePreprocessing } from '../../lib/cli/preprocessing-words';

test('bars are exact to an eighth and equally wide', () => {
  expect([0, 0.5, 9 / 32, 1, 2, -1].map((fraction) => bar(fraction, 4))).toEqual([
    '    ',
    '██  ',
    '█▏  ',
    '████',
    '████',
    '    ',
  ]);
});

test('numbers for people', () => {
  expect([percent(1), percent(0.0305)]).toEqual(['100.0 %', '  3.0 %']);
  expect([duration(3.94), duration(1240)]).toEqual(['3.9 ms', '1.2 s']);
  expect([fileSize(980), fileSize(1_949_000)]).toEqual(['1.0 kB', '1.9 MB']);
  expect([millions(4_222_057), millions(569_000_000), grouped(4_222_057)]).toEqual(['4.2 M', '569 M', '4,222,057']);
  expect(
    columns(
      [
        ['a', '1'],
        ['bcd', '22'],
      ],
      [1],
    ),
  ).toEqual(['a     1', 'bcd  22']);
});

test('text from outside cannot steer the terminal', () => {
  expect(printable('a\x1b[2Jb\nc\x9bd')).toBe('a\ufffd[2Jb\ufffdc\ufffdd');
});

test('arguments', () => {
  expect(parseRegion('1, 2.5,3,4')).toEqual({ x: 1, y: 2.5, width: 3, height: 4 });
  expect(() => parseRegion('1,2,,4')).toThrow(/x,y,width,height/);
  expect(withFlags('a number for topK but for other')).toBe('a number for --top but for other');
  expect(withFlags('expected a number for iouThreshold')).toBe('expected a number for --iou');
  expect(withFlags("layer: there is no layer: 'allow:'")).toBe("--layer: there is no layer: 'allow:'");
  expect(withFlags('numbers, so inputRange (what 0 and 255 become) must be given')).toMatch(/^numbers, so --input-range \(/);
  expect(withFlags("no outputStride or atrousRates: 'inputSize'")).toBe("no --output-stride or --atrous-rates: 'inputSize'");
  expect(withFlags('has a, b: choose one with outputs')).toBe('has a, b: choose one with --output');
  expect(withFlags("expected no signature for 'x' with labels")).toBe("expected no --signature for 'x' with labels");
  expect(withFlags('expected 3 labels, one for each class')).toBe('expected 3 labels, one for each class');
  expect(withFlags('constructor: for toString')).toBe('constructor: for toString');
});

test('preprocessing in words', () => {
  const slim = { width: 224, height: 192, alignCorners: false, halfPixelCenters: false } as const;
  const unit = { scale: [2 / 255, 2 / 255, 2 / 255], offset: [-1, -1, -1] } as {
    scale: [number, number, number];
    offset: [number, number, number];
  };
  expect(describePreprocessing({ ...slim, ...unit, resize: 'central-crop', centralFraction: 0.875 })).toBe(
    "the central 87.5 % of each side, stretched to 224 x 192, bilinear (TensorFlow's legacy coordinates), pixels from 0..255 to -1..1",
  );
  expect(
    describePreprocessing({
      ...slim,
      scale: [1, 1, 2],
      offset: [0, 0, 0],
      alignCorners: true,
      resize: 'pad',
      padValue: [127, 127, 127],
    }),
  ).toBe(
    'the whole picture, in proportion, fitted into 224 x 192, the rest filled with (127, 127, 127), bilinear (corners aligned), pixels from 0..255 to R 0..255, G 0..255, B 0..510',
  );
});

test('long values go on below themselves', () => {
  const value = 'the whole picture, stretched to 224 x 224';
  const pairs: [string, string][] = [
    ['input', value],
    ['head', 'classification'],
  ];
  expect(properties(pairs)).toEqual([`input  ${value}`, 'head   classification']);
  expect(properties(pairs, 34)).toEqual([
    'input  the whole picture,',
    '         stretched to 224 x 224',
    'head   classification',
  ]);
  expect(properties(pairs, 20)).toEqual(properties(pairs));
  expect(properties([['file', `${'x'.repeat(40)} y`]], 34)).toEqual([`file  ${'x'.repeat(40)}`, '        y']);
});
