const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const SPACE = 0x20;
const NEWLINE = 0x0a;
/** What is nested deeper is not indented further: a hostile line must not become terabytes of spaces. */
const DEEPEST_INDENT = 16;
/** Newline and the widest indent. */
const WIDEST_STEP = 1 + 2 * DEEPEST_INDENT;

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
    this.#length += this.#bytes.write(text, this.#length);
  }

  /** The JSON object in `source`, from its brace to the byte before its last brace. */
  openObject(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start);
    this.#length += source.copy(this.#bytes, this.#length, start, end - 1);
  }

  /** The same, indented by two spaces a level. */
  openIndentedObject(source: Buffer, start: number, end: number): void {
    let depth = 0;
    for (let at = start; at < end - 1; at++) {
      const byte = source[at] as number;
      this.#reserve(WIDEST_STEP + 2);
      switch (byte) {
        case QUOTE:
          at = this.#string(source, at);
          break;
        case OPEN_BRACE:
        case OPEN_BRACKET: {
          const next = afterSpace(source, at + 1);
          this.#put(byte);
          if (source[next] === CLOSE_BRACE || source[next] === CLOSE_BRACKET) {
            if (next < end - 1) {
              this.#put(source[next] as number);
              at = next;
            }
          } else {
            depth += 1;
            this.#newLine(depth);
          }
          break;
        }
        case CLOSE_BRACE:
        case CLOSE_BRACKET:
          depth -= 1;
          this.#newLine(depth);
          this.#put(byte);
          break;
        case COMMA:
          this.#put(byte);
          this.#newLine(depth);
          break;
        case COLON:
          this.#put(byte);
          this.#put(SPACE);
          break;
        default:
          if (byte > SPACE) this.#put(byte);
      }
    }
  }

  #string(source: Buffer, start: number): number {
    let end = start + 1;
    while (source[end] !== QUOTE) end += source[end] === BACKSLASH ? 2 : 1;
    this.#reserve(end + 1 - start + WIDEST_STEP);
    const bytes = this.#bytes;
    let to = this.#length;
    for (let at = start; at <= end; at++) bytes[to++] = source[at] as number;
    this.#length = to;
    return end;
  }

  #newLine(depth: number): void {
    const bytes = this.#bytes;
    let to = this.#length;
    bytes[to++] = NEWLINE;
    const end = to + 2 * Math.min(depth, DEEPEST_INDENT);
    while (to < end) bytes[to++] = SPACE;
    this.#length = to;
  }

  #put(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#length + count));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

function afterSpace(source: Buffer, start: number): number {
  let at = start;
  while ((source[at] as number) <= SPACE) at += 1;
  return at;
}
