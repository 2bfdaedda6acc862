import { fileNameOf } from '../images/file-name';

/**
 * A name for the files made of each image, without their ending: the image's own, such as `cat` for `photos/cat.jpg`. Images of the same
 * name in different folders get `cat-2`, `cat-3` and so on, in their order.
 */
export function uniqueNames(images: readonly string[]): string[] {
  const taken = new Set<string>();
  const numbers = new Map<string, number>();
  return images.map((image) => {
    const name = fileNameOf(image);
    let number = numbers.get(keyOf(name)) ?? 1;
    let unique: string;
    do {
      unique = number === 1 ? name : `${name}-${number}`;
      number++;
    } while (taken.has(keyOf(unique)));
    numbers.set(keyOf(name), number);
    taken.add(keyOf(unique));
    return unique;
  });
}

/** The same for names that are one file where the file system minds neither case nor Unicode's ways to write an accent. */
function keyOf(name: string): string {
  return name.normalize('NFC').toLowerCase();
}
