import { isUtf8 } from 'node:buffer';

/**
 * Combining marks, and the Hangul letters that compose: any character that Unicode's normal form C
 * could change.
 */
const COMPOSING = /[\p{M}\u1160-\u11ff]/u;

/**
 * Whether every reader preserves these bytes in a pax header without `hdrcharset`. Such values are
 * UTF-8, and bsdtar converts them to normal form C, so that two names that differ only in that
 * would become one.
 */
export function keepsPaxText(bytes: Buffer): boolean {
  if (!isUtf8(bytes)) return false;
  const text = bytes.toString('utf8');
  return !COMPOSING.test(text) && text.normalize('NFC') === text;
}

/** Records of a pax header (POSIX.1-2001, "pax Extended Header"), one character per byte. */
export class PaxRecords {
  #text = '';

  get isEmpty(): boolean {
    return this.#text === '';
  }

  get bytes(): Buffer {
    const records = Buffer.from(this.#text, 'latin1');
    return keepsPaxText(records)
      ? records
      : Buffer.from(record('hdrcharset', 'BINARY') + this.#text, 'latin1');
  }

  add(key: string, value: string): void {
    this.#text += record(key, value);
  }
}

/** `LENGTH KEY=VALUE NEWLINE`, where LENGTH includes itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + String(rest.length).length;
  if (String(length).length > String(rest.length).length) length = rest.length + String(length).length;
  return `${length}${rest}`;
}
