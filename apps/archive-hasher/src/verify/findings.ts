import { type BytePath, shownPath } from '../byte-path.ts';
import { pathFields } from '../inventory/entries.ts';

/** How a directory differs from its inventory. */
export type Difference = 'missing' | 'extra' | 'changed' | 'unreadable';

const LABEL_WIDTH = 12;

/** Prints every difference as soon as it is found, and counts them. */
export class Findings {
  readonly counts: Record<Difference, number> = { missing: 0, extra: 0, changed: 0, unreadable: 0 };
  readonly #isJson: boolean;
  readonly #write: (text: string) => void;

  constructor(isJson: boolean, write: (text: string) => void) {
    this.#isJson = isJson;
    this.#write = write;
  }

  get total(): number {
    return Object.values(this.counts).reduce((sum, count) => sum + count, 0);
  }

  /**
   * @param path undefined for the directory as a whole
   * @param detail a short explanation, if there is one
   */
  add(difference: Difference, path: BytePath | undefined, detail = ''): void {
    this.counts[difference] += 1;
    this.#write(
      `${this.#isJson ? asJson(difference, path ?? '.', detail) : asText(difference, path ?? '.', detail)}\n`,
    );
  }
}

function asText(difference: Difference, path: BytePath, detail: string): string {
  return `${difference.padEnd(LABEL_WIDTH)}${shownPath(path)}${detail === '' ? '' : `: ${detail}`}`;
}

function asJson(difference: Difference, path: BytePath, detail: string): string {
  return JSON.stringify({ difference, ...pathFields('path', path), detail: detail === '' ? null : detail });
}
