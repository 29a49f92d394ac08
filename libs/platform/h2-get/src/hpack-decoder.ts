import { HpackError } from './hpack-error.ts';
import { HpackTable } from './hpack-table.ts';
import { decodeHuffman } from './huffman.ts';

/** The wanted header fields of a response, by name. */
export type DecodedHeaders = Record<string, string>;

/** SETTINGS_HEADER_TABLE_SIZE by default, bytes. */
const TABLE_SIZE = 4096;
/** Larger integers are an attack or a mistake. */
const MAX_INTEGER = 2 ** 28;

/**
 * Decodes the header blocks of one connection (HPACK, RFC 7541). Unwanted values are skipped
 * without being decoded, unless the table has to store them: hardly anything in a response to a
 * file request is decoded.
 */
export class HpackDecoder {
  readonly #table = new HpackTable(TABLE_SIZE);
  readonly #wanted: ReadonlySet<string>;
  #block: Buffer = Buffer.alloc(0);
  #position = 0;

  /** @param wanted names of header fields in lower case, including `:status` */
  constructor(wanted: ReadonlySet<string>) {
    this.#wanted = wanted;
  }

  /**
   * @param block a whole header block; every block of the connection must be decoded, in order
   * @throws HpackError
   */
  decode(block: Buffer): DecodedHeaders {
    this.#block = block;
    this.#position = 0;
    const headers: DecodedHeaders = {};
    let isFirst = true;
    while (this.#position < block.length) {
      const byte = block[this.#position] as number;
      if (byte >= 0x80) {
        this.#keep(headers, this.#table.get(this.#integer(7)));
      } else if (byte >= 0x40) {
        const field = { name: this.#name(6), value: this.#string() };
        this.#table.add(field);
        this.#keep(headers, field);
      } else if (byte >= 0x20) {
        if (!isFirst) throw new HpackError('the table changes its size within a block');
        this.#table.resize(this.#integer(5));
        continue;
      } else {
        const name = this.#name(4);
        if (this.#wanted.has(name)) this.#keep(headers, { name, value: this.#string() });
        else this.#skipString();
      }
      isFirst = false;
    }
    return headers;
  }

  #keep(headers: DecodedHeaders, { name, value }: { name: string; value: string }): void {
    if (!this.#wanted.has(name)) return;
    // A repeated field has no valid single value; joined as a list (RFC 9110, 5.3), it is rejected
    // by the caller.
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }

  #name(prefixBits: number): string {
    const index = this.#integer(prefixBits);
    return index === 0 ? this.#string() : this.#table.get(index).name;
  }

  /** RFC 7541, 5.1 */
  #integer(prefixBits: number): number {
    const mask = (1 << prefixBits) - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let shift = 1; ; shift *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * shift;
      if (value > MAX_INTEGER || shift > MAX_INTEGER) throw new HpackError('an integer too large');
      if (byte < 0x80) return value;
    }
  }

  #string(): string {
    const { isHuffman, start, end } = this.#span();
    return isHuffman ? decodeHuffman(this.#block, start, end) : this.#block.toString('latin1', start, end);
  }

  #skipString(): void {
    this.#span();
  }

  /** The position of the bytes of the string at the cursor, which moves past them. */
  #span(): { isHuffman: boolean; start: number; end: number } {
    const isHuffman = ((this.#block[this.#position] ?? 0) & 0x80) !== 0;
    const length = this.#integer(7);
    const start = this.#position;
    const end = start + length;
    if (end > this.#block.length) throw new HpackError('a string beyond the end of its block');
    this.#position = end;
    return { isHuffman, start, end };
  }

  #byte(): number {
    const byte = this.#block[this.#position];
    if (byte === undefined) throw new HpackError('a block that ends too early');
    this.#position += 1;
    return byte;
  }
}
