import { ConnectionError } from './connection-error.ts';
import { ErrorCode, Flag, FRAME_HEADER_SIZE, FrameType, MAX_FRAME_SIZE } from './frames.ts';

/** Callbacks of a frame reader. Buffers are valid only within the call. */
export interface FrameSink {
  /** A piece of a DATA frame's content, as it arrives. */
  onData(stream: number, piece: Buffer): void;
  /** A DATA frame is complete. @param length bytes that count for flow control, padding included */
  onDataEnd(stream: number, flags: number, length: number): void;
  /** Any other frame, complete. */
  onFrame(type: number, flags: number, stream: number, payload: Buffer): void;
}

/**
 * Splits the bytes of a connection into frames (RFC 9113, 4.1), regardless of chunk boundaries. The
 * content of DATA is passed on in place; other frames are small and buffered first.
 */
export class FrameReader {
  readonly #sink: FrameSink;
  readonly #header = Buffer.alloc(FRAME_HEADER_SIZE);
  readonly #payload = Buffer.alloc(MAX_FRAME_SIZE);
  /** Bytes of the header received; once complete, the payload is being read. */
  #headerFilled = 0;
  #type = 0;
  #flags = 0;
  #stream = 0;
  #length = 0;
  /** bytes of payload seen */
  #seen = 0;
  /** of DATA: bytes of padding at the end; -1 before its length has been read */
  #padding = 0;

  constructor(sink: FrameSink) {
    this.#sink = sink;
  }

  /** @throws ConnectionError */
  push(chunk: Buffer): void {
    let position = 0;
    while (position < chunk.length) {
      if (this.#headerFilled < FRAME_HEADER_SIZE) {
        position = this.#readHeader(chunk, position);
        if (this.#headerFilled < FRAME_HEADER_SIZE) return;
        this.#begin();
      } else {
        position = this.#readPayload(chunk, position);
      }
      if (this.#seen === this.#length) this.#end();
    }
  }

  #readHeader(chunk: Buffer, position: number): number {
    const count = Math.min(FRAME_HEADER_SIZE - this.#headerFilled, chunk.length - position);
    chunk.copy(this.#header, this.#headerFilled, position, position + count);
    this.#headerFilled += count;
    return position + count;
  }

  #begin(): void {
    const header = this.#header;
    this.#length = header.readUIntBE(0, 3);
    this.#type = header[3] as number;
    this.#flags = header[4] as number;
    this.#stream = header.readUInt32BE(5) & 0x7fffffff;
    this.#seen = 0;
    const isPadded = this.#type === FrameType.data && (this.#flags & Flag.padded) !== 0;
    this.#padding = isPadded ? -1 : 0;
    if (this.#length > MAX_FRAME_SIZE || (isPadded && this.#length === 0)) {
      throw new ConnectionError(ErrorCode.frameSizeError, `a frame of ${this.#length} bytes`);
    }
  }

  #readPayload(chunk: Buffer, position: number): number {
    const end = Math.min(chunk.length, position + this.#length - this.#seen);
    if (this.#type !== FrameType.data) {
      chunk.copy(this.#payload, this.#seen, position, end);
      this.#seen += end - position;
      return end;
    }
    if (this.#padding === -1) {
      this.#padding = chunk[position] as number;
      this.#seen += 1;
      if (this.#padding >= this.#length) {
        throw new ConnectionError(ErrorCode.protocolError, 'padding longer than its frame');
      }
      return position + 1;
    }
    const contentEnd = Math.min(end, position + this.#length - this.#padding - this.#seen);
    if (contentEnd > position) this.#sink.onData(this.#stream, chunk.subarray(position, contentEnd));
    this.#seen += end - position;
    return end;
  }

  #end(): void {
    this.#headerFilled = 0;
    if (this.#type === FrameType.data) this.#sink.onDataEnd(this.#stream, this.#flags, this.#length);
    else this.#sink.onFrame(this.#type, this.#flags, this.#stream, this.#payload.subarray(0, this.#length));
  }
}
