import { computed, signal } from '@preact/signals';

/** What stands out in the picture: a box by its position in the list, or a class by its index. */
export class Highlight {
  /** Under the pointer, or focused. */
  readonly #touched = signal<number | undefined>(undefined);
  /** Stays until it is chosen again. */
  readonly pinned = signal<number | undefined>(undefined);
  readonly current = computed(() => this.#touched.value ?? this.pinned.value);

  touch(what: number | undefined): void {
    this.#touched.value = what;
  }

  togglePin(what: number): void {
    this.pinned.value = this.pinned.value === what ? undefined : what;
    if (this.pinned.value === undefined) {
      this.#touched.value = undefined;
    }
  }

  clear(): void {
    this.#touched.value = undefined;
    this.pinned.value = undefined;
  }
}
