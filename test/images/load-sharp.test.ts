import { CAT_PHOTO } from '../../lib/cat-photo';
import { decodeImage, defaultMaxPixels } from '../../lib/images/decode';
import { checkImage } from '../../lib/images/image';

jest.mock('sharp', () => {
  throw new Error('no libvips here\nPossible solutions: …');
});

const decode = (image: unknown) => decodeImage(checkImage(image), { maxPixels: defaultMaxPixels });

test('without sharp files are refused with its advice, and pixels are not', async () => {
  const message = expect.stringMatching(/^could not load sharp, which decodes pictures: no libvips here\nPossible/);
  await expect(decode(CAT_PHOTO)).rejects.toMatchObject({ name: 'MobileNetError', code: 'ERR_NATIVE_LOAD', message });
  expect((await decode({ data: Uint8Array.of(1, 2, 3, 4), width: 1, height: 1 })).pixels).toEqual(Uint8Array.of(1, 2, 3));
});
