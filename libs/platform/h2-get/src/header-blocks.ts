import { ConnectionError } from './connection-error.ts';
import { ErrorCode, Flag, FRAME_HEADER_SIZE } from './frames.ts';
import { type DecodedHeaders, HpackDecoder } from './hpack-decoder.ts';
import { WANTED_HEADERS } from './wanted-headers.ts';

const MAX_HEADER = 64 << 10;
const WANTED: ReadonlySet<string> = new Set([':status', ...WANTED_HEADERS]);

/** A complete, decoded header block. */
export interface HeaderBlock {
  readonly stream: number;
  /** of its HEADERS frame */
  readonly flags: number;
  /** only the fields that are wanted */
  readonly headers: DecodedHeaders;
}

/** Assembles header blocks from HEADERS and CONTINUATION (RFC 9113, 4.3), and decodes them. */
export class HeaderBlocks {
  readonly #decoder = new HpackDecoder(WANTED);
  #underWay: { stream: number; flags: number; parts: Buffer[]; size: number } | undefined;

  /** @throws ConnectionError, HpackError */
  begin(stream: number, flags: number, payload: Buffer): HeaderBlock | undefined {
    this.#underWay = { stream, flags, parts: [], size: 0 };
    return this.continue(stream, flags, withoutPadding(flags, payload));
  }

  /** @returns the block, if this completes it. @throws ConnectionError, HpackError */
  continue(stream: number, flags: number, payload: Buffer): HeaderBlock | undefined {
    const block = this.#underWay;
    if (block === undefined || block.stream !== stream) {
      throw new ConnectionError(ErrorCode.protocolError, 'a continuation of nothing');
    }
    // Even an empty frame counts: otherwise there could be any number of them.
    block.size += FRAME_HEADER_SIZE + payload.length;
    if (block.size > MAX_HEADER) {
      throw new ConnectionError(ErrorCode.enhanceYourCalm, `a header of more than ${MAX_HEADER} bytes`);
    }
    if ((flags & Flag.endHeaders) === 0) {
      block.parts.push(Buffer.from(payload));
      return undefined;
    }
    this.#underWay = undefined;
    const whole = block.parts.length === 0 ? payload : Buffer.concat([...block.parts, payload]);
    return { stream, flags: block.flags, headers: this.#decoder.decode(whole) };
  }

  /** No other frame may come between those of a block. @throws ConnectionError */
  expectNone(): void {
    if (this.#underWay === undefined) return;
    throw new ConnectionError(ErrorCode.protocolError, 'a header block without its end');
  }
}

/** The header block within a HEADERS frame (RFC 9113, 6.2). */
function withoutPadding(flags: number, payload: Buffer): Buffer {
  let start = 0;
  let padding = 0;
  if ((flags & Flag.padded) !== 0) {
    padding = payload[0] ?? 0;
    start = 1;
  }
  if ((flags & Flag.priority) !== 0) start += 5;
  if (start + padding > payload.length) {
    throw new ConnectionError(ErrorCode.protocolError, 'padding longer than its frame');
  }
  return payload.subarray(start, payload.length - padding);
}
