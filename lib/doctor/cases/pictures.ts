import { GraphBuilder } from '../../graph/builder';
import type { Extent } from '../../graph/types';
import type { Preprocessing } from '../../models/description';
import { widened } from '../case-model';
import { coveringRows } from '../covering';
import type { Case } from './case';

const written = ({ height, width }: Extent) => `${width} x ${height}`;

const samplings = [
  { alignCorners: false, halfPixelCenters: false },
  { alignCorners: true, halfPixelCenters: false },
  { alignCorners: false, halfPixelCenters: true },
];

const resizes: readonly (Partial<Preprocessing> & Pick<Preprocessing, 'resize'>)[] = [
  { resize: 'central-crop', centralFraction: 0.875 },
  { resize: 'central-crop', centralFraction: 1 },
  { resize: 'stretch' },
  { resize: 'pad', padValue: [128, 100, 3] },
];

const pictures: readonly Extent[] = [
  { height: 43, width: 57 },
  { height: 128, width: 96 },
  { height: 5, width: 3 },
  { height: 1, width: 1 },
  { height: 301, width: 224 },
];

const inputs: readonly Extent[] = [
  { height: 33, width: 29 },
  { height: 32, width: 32 },
];

/** Part of a picture: none of its edges on the picture's where there is room. */
function regionOf({ width, height }: Extent, kind: 'all' | 'part') {
  const inset = (side: number) => (kind === 'part' && side > 4 ? Math.floor(side / 4) : 0);
  const [x, y] = [inset(width), inset(height)];
  return { x, y, width: width - x - Math.floor(x / 2), height: height - y - Math.floor(y / 2) };
}

/** The network hands out its input. */
export function samplingCases(): Case[] {
  const rows = coveringRows(
    {
      picture: pictures,
      input: inputs,
      resize: resizes,
      sampling: samplings,
      rotation: [0, 90, 180, 270],
      region: ['all', 'part'],
    },
    2,
  );
  return rows.map(({ picture, input, resize, sampling, rotation, region }) => ({
    kind: 'sampling',
    parameters: { picture: written(picture), input: written(input), ...resize, ...sampling, rotation, region },
    graph: new GraphBuilder(input).output('result').finish(),
    preprocessing: {
      ...sampling,
      ...resize,
      scale: [2 / 255, 1 / 255, 1 / 128],
      offset: [-1, 0, -0.5],
    },
    picture: { ...picture, region: regionOf(picture, region), rotation },
  }));
}

/**
 * Exact logits of a quarter of the input's size, and the class map of a picture of which the frame is a smaller copy. The frame needs no
 * resampling, so that nothing is rounded before the map is made.
 */
export function classMapCases(): Case[] {
  const rows = coveringRows(
    {
      input: [
        { height: 65, width: 65 },
        { height: 36, width: 28 },
      ],
      resize: resizes.slice(1),
      alignCorners: [true, false],
      classes: [2, 21, 151],
      rotation: [0, 90, 180, 270],
      map: ['of the input', 'of the frame', '2.3 times the frame', '5 times the frame'],
      region: ['all', 'part'],
    },
    2,
    ({ map, region }) => region === 'all' || map.endsWith('times the frame'),
  );
  return rows.map(({ input, resize, alignCorners, classes, rotation, map, region }) => {
    const upright = resize.resize === 'pad' ? { height: input.height, width: Math.floor(input.width * 0.6) } : input;
    const turned = rotation % 180 === 0 ? upright : { height: upright.width, width: upright.height };
    const scale = Number.parseFloat(map) || 1;
    const shown = { height: Math.round(turned.height * scale), width: Math.round(turned.width * scale) };
    const [x, y] = region === 'all' ? [0, 0] : [13, 8];
    return {
      kind: 'class map',
      parameters: { input: written(input), resize: resize.resize, alignCorners, classes, rotation, map, region },
      graph: widened(input, classes, 4).output('logits').finish(),
      preprocessing: resize,
      picture: { ...turned, rotation },
      classMap: {
        classes,
        alignCorners,
        ...(map === 'of the input'
          ? {}
          : { picture: { width: shown.width + 2 * x, height: shown.height + 3 * y, region: { x, y, ...shown } } }),
      },
    };
  });
}
