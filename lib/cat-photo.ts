import path from 'node:path';

/** The package's picture of a cat, on which conversions and GPUs are tried. It lies equally far from `lib` and from `dist`. */
export const CAT_PHOTO = path.join(__dirname, '..', 'photos', 'chelsea.png');
