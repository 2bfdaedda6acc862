import { signal } from '@preact/signals';

/** What screen readers are told, and messages that pass by. */
export class Announcements {
  /** Read out when it changes. */
  readonly spoken = signal('');
  /** Seen for a while, and read out. */
  readonly notice = signal<string | undefined>(undefined);
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    // The same text twice in a row would not be read again.
    this.spoken.value = text === this.spoken.value ? `${text}\u00a0` : text;
  }

  show(text: string): void {
    this.notice.value = text;
    this.say(text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.notice.value = undefined;
    }, 4000);
  }
}
