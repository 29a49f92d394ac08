const LAST_OF_ASCII = 0x7f;

/**
 * Writes JSON values and members into one buffer that is used again and again. Tokens are copied as they stand: numbers
 * of any size, escapes, the order of keys, even a key that comes twice are kept, which no parser would do.
 */
export class JsonText {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** All memory there is now, of which {@link length} bytes are written. */
  get memory(): Buffer {
    return this.#bytes;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written, as long as nothing more is. */
  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  toString(): string {
    return this.#bytes.toString('utf8', 0, this.#length);
  }

  /** Text that is known to be JSON, as it stands. */
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

  /** A part of `bytes` that is known to be JSON. A function of its own, to be given away. */
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
