import { encodeFrame, Flag, FrameType, MAX_FRAME_SIZE } from './frames.ts';

/** Sends frames: all frames of one turn of the event loop go out in one write. */
export class FrameWriter {
  readonly #write: (bytes: Buffer) => void;
  #frames: Buffer[] = [];

  constructor(write: (bytes: Buffer) => void) {
    this.#write = write;
  }

  send(frame: Buffer): void {
    this.#frames.push(frame);
    if (this.#frames.length === 1) queueMicrotask(() => this.flush());
  }

  /** A request without a body. @param block its header block, of any length */
  sendRequest(stream: number, block: Buffer): void {
    for (let at = 0; at < block.length; at += MAX_FRAME_SIZE) {
      const isLast = at + MAX_FRAME_SIZE >= block.length;
      const flags = (at === 0 ? Flag.endStream : 0) | (isLast ? Flag.endHeaders : 0);
      const type = at === 0 ? FrameType.headers : FrameType.continuation;
      this.send(encodeFrame(type, flags, stream, block.subarray(at, at + MAX_FRAME_SIZE)));
    }
  }

  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = [];
    this.#write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
  }
}
