import { isUtf8 } from 'node:buffer';

/** Records of a pax header (POSIX.1-2001, "pax Extended Header"), one character a byte. */
export class PaxRecords {
  #text = '';

  get isEmpty(): boolean {
    return this.#text === '';
  }

  get bytes(): Buffer {
    const records = Buffer.from(this.#text, 'latin1');
    // Values are UTF-8 unless the header says otherwise.
    return isUtf8(records) ? records : Buffer.from(record('hdrcharset', 'BINARY') + this.#text, 'latin1');
  }

  add(key: string, value: string): void {
    this.#text += record(key, value);
  }
}

/** `LENGTH KEY=VALUE NEWLINE`, where LENGTH counts itself. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  let length = rest.length + String(rest.length).length;
  if (String(length).length > String(rest.length).length) length = rest.length + String(length).length;
  return `${length}${rest}`;
}
