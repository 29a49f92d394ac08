import { FIRST_BYTE, type Resume, rangeOf, SIZE } from './range.ts';

/**
 * GET is in the static table; HEAD is a literal with the name of `:method` (RFC 7541, 6.2.2,
 * appendix A).
 */
const METHODS = { GET: Buffer.from([0x82]), HEAD: Buffer.from([0x02, 0x04, ...Buffer.from('HEAD')]) };
const SCHEME_HTTPS = 0x87;
/**
 * Literals that are not added to a table, by the index of their name in the static table (RFC 7541,
 * 6.2.2).
 */
const AUTHORITY = [0x01];
const PATH = [0x04];
const ACCEPT = [0x0f, 19 - 15];
const ACCEPT_ENCODING = [0x0f, 16 - 15];
const IF_RANGE = [0x0f, 42 - 15];
const RANGE = [0x0f, 50 - 15];
const USER_AGENT = [0x0f, 58 - 15];

export type Method = keyof typeof METHODS | typeof SIZE;

/**
 * The header blocks of requests to one origin: everything but method and path is assembled once.
 */
export class RequestBlocks {
  readonly #head: Buffer;
  readonly #tail: Buffer;

  constructor(authority: string, userAgent: string) {
    this.#head = Buffer.concat([
      Buffer.from([SCHEME_HTTPS, ...AUTHORITY]),
      string(authority),
      Buffer.from(PATH),
    ]);
    this.#tail = Buffer.concat([
      Buffer.from(USER_AGENT),
      string(userAgent),
      Buffer.from(ACCEPT),
      string('*/*'),
      Buffer.from(ACCEPT_ENCODING),
      string('identity'),
    ]);
  }

  /**
   * @param path ASCII, with its query
   * @param resume for a body whose beginning has been received
   */
  of(path: string, method: Method, resume?: Resume): Buffer {
    const isOfSize = method === SIZE;
    const block = [METHODS[isOfSize ? 'GET' : method], this.#head, string(path), this.#tail];
    if (isOfSize) block.push(Buffer.from(RANGE), string(FIRST_BYTE));
    if (resume !== undefined)
      block.push(
        Buffer.from(RANGE),
        string(rangeOf(resume)),
        Buffer.from(IF_RANGE),
        string(resume.validator),
      );
    return Buffer.concat(block);
  }
}

/** RFC 7541, 5.2, without Huffman coding. */
function string(text: string): Buffer {
  return Buffer.concat([integer(text.length, 7), Buffer.from(text, 'latin1')]);
}

/** RFC 7541, 5.1, with zero bits above the prefix. */
function integer(value: number, prefixBits: number): Buffer {
  const mask = (1 << prefixBits) - 1;
  if (value < mask) return Buffer.from([value]);
  const bytes = [mask];
  let rest = value - mask;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push(0x80 | (rest % 128));
  bytes.push(rest);
  return Buffer.from(bytes);
}
