const LAST_OF_ASCII = 0x7f;

/**
 * Writes JSON values and members into one buffer that is reused. It copies tokens unmodified.
 * Unlike a parser, this preserves numbers of any size, escapes, the order of keys, and even
 * duplicate keys.
 */
export class JsonText {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** The whole buffer, of which {@link length} bytes are written. */
  get memory(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** The written bytes, valid until the next write. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.#length);
  }

  /** Appends text that is known to be valid JSON. */
  raw(text: string): void {
    this.#reserve(3 * text.length);
    const bytes = this.#bytes;
    const start = this.#length;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit > LAST_OF_ASCII) {
        this.#length = start + bytes.write(text, start);
        return;
      }
      bytes[start + i] = unit;
    }
    this.#length = start + text.length;
  }

  /**
   * Appends a part of `bytes` that is known to be valid JSON. An arrow function, so that it can be
   * passed as a callback.
   */
  readonly append = (bytes: Buffer, from: number, to: number): void => {
    this.#reserve(to - from);
    this.#length += bytes.copy(this.#bytes, this.#length, from, to);
  };

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
