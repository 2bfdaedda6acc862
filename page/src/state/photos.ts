import { computed, signal } from '@preact/signals';
import { Photo } from './photo';
import { openPhoto } from './thumbnails';

/** Photos kept on the page: the oldest make room for new ones. */
export const mostPhotos = 200;

/** The photos on the page, and the one that is enlarged. */
export class Photos {
  readonly list = signal<readonly Photo[]>([]);
  /** Id of the photo that is, or was last, seen large. */
  lastEnlarged: number | undefined;
  readonly #enlarged = signal<Photo | undefined>(undefined);

  /** The photo shown large: the chosen one, or the only one. */
  readonly enlarged = computed(() => {
    const list = this.list.value;
    const chosen = this.#enlarged.value;
    return list.length === 1 ? list[0] : list.find((photo) => photo === chosen);
  });

  /** Adds files; several are seen side by side, one is seen large. Returns how many photos had to make room. */
  add(files: readonly File[]): number {
    const added = files.slice(-mostPhotos).map((file) => new Photo(file));
    const all = [...this.list.value, ...added];
    for (const photo of all.slice(0, -mostPhotos)) {
      photo.dispose();
    }
    this.list.value = all.slice(-mostPhotos);
    this.#enlarged.value = added.length === 1 ? added[0] : undefined;
    for (const photo of added) {
      openPhoto(photo);
    }
    return all.length - this.list.value.length + files.length - added.length;
  }

  remove(photo: Photo): void {
    const list = this.list.value;
    const position = list.indexOf(photo);
    if (this.#enlarged.value === photo) {
      this.#enlarged.value = list[position + 1] ?? list[position - 1];
    }
    this.list.value = list.filter((other) => other !== photo);
    photo.dispose();
  }

  clear(): void {
    const list = this.list.value;
    this.list.value = [];
    this.#enlarged.value = undefined;
    for (const photo of list) {
      photo.dispose();
    }
  }

  /** @param photo undefined for all side by side */
  enlarge(photo: Photo | undefined): void {
    this.lastEnlarged = (photo ?? this.enlarged.value)?.id;
    this.#enlarged.value = photo;
  }

  /** Enlarges the photo `by` places after the one enlarged now, around the ends. */
  step(by: number): void {
    const list = this.list.value;
    const now = this.enlarged.value;
    if (now && list.length > 1) {
      this.enlarge(list[(list.indexOf(now) + by + list.length) % list.length]);
    }
  }
}
