/** What names of pictures end with, as a person is told. */
export const pictureEndings = 'jpg, jpeg, jpe, jfif, png, webp, gif, tif, tiff, avif, svg, bmp';

const picture = new RegExp(`\\.(${pictureEndings.replaceAll(', ', '|')})$`, 'i');
const archive = /\.tar$/i;
const otherArchive = /\.(tar\.(gz|bz2|xz|zst|br|lz|lz4|lzma|z)|tgz|tbz2?|txz|tzst|tlz|zip|7z|rar)$/i;

/** Whether a file's name is that of a picture which can be decoded. */
export function isPictureName(name: string): boolean {
  return picture.test(name);
}

/** Whether a file is an archive whose members are read. */
export function isArchiveName(name: string): boolean {
  return archive.test(name);
}

/** Whether a file is an archive of a kind that is not read. */
export function isOtherArchiveName(name: string): boolean {
  return otherArchive.test(name);
}

/** Hidden files and folders, AppleDouble files (`._photo.jpg`) among them, and the names `.` and `..`. */
export function isHiddenName(name: string): boolean {
  return name.startsWith('.');
}
