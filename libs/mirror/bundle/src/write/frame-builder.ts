import { paddingOf } from '@crates-mirror/tar';
import type { Member, PlacedMember } from '../format/member.ts';
import { tarHeader } from '../format/tar-header.ts';
import { FRAME_ROOM, FrameEncoder, pieceRoom } from './frame-encoder.ts';

/** Some members as one frame. */
export interface BuiltFrame {
  /** The memory to give back with {@link FrameBuilder.reuse}. */
  readonly memory: SharedArrayBuffer;
  /** bytes of it that are the frame */
  readonly length: number;
  /** bytes of tar in it */
  readonly contentSize: number;
  /** low half of the tar's XXH64 */
  readonly checksum: number;
  /** Offsets count from the start of its own tar. */
  readonly members: readonly PlacedMember[];
}

/**
 * Lays members out as tar within one frame, in one block of memory. Blocks are used again, and shared with the thread that
 * writes them: handing them over instead made V8 collect garbage for each that arrived, two seconds of CPU time in a
 * run of 650 MB.
 */
export class FrameBuilder {
  readonly #capacity: number;
  readonly #free: SharedArrayBuffer[] = [];
  #memory: SharedArrayBuffer | undefined;
  #encoder: FrameEncoder | undefined;
  /** bytes of memory that may be in use */
  #used = 0;
  #tarLength = 0;
  #members: PlacedMember[] = [];

  /** @param capacity bytes that a frame has at most; a larger member gets a frame of its own */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Whether nothing waits for {@link take}. */
  get isEmpty(): boolean {
    return this.#members.length === 0;
  }

  /**
   * Adds a member. A frame that has no other takes one of any size.
   *
   * @returns false when there is no room beside those that wait: {@link take} them first
   */
  add(member: Member, content: Buffer): boolean {
    const header = tarHeader(member.path, member.size);
    const padding = paddingOf(member.size);
    const needed = pieceRoom(header.length) + pieceRoom(member.size) + pieceRoom(padding);
    if (!this.isEmpty && this.#used + needed > this.#capacity) return false;
    this.#encoder ??= this.#begin(needed);
    this.#encoder.sparse(header);
    this.#encoder.raw(content);
    this.#encoder.zeros(padding);
    this.#members.push({ ...member, offset: this.#tarLength + header.length });
    this.#tarLength += header.length + member.size + padding;
    this.#used += needed;
    return true;
  }

  /** Hands over what was added. */
  take(): BuiltFrame {
    const { bytes, contentSize, checksum } = (this.#encoder as FrameEncoder).end();
    const memory = this.#memory as SharedArrayBuffer;
    const frame = { memory, length: bytes.length, contentSize, checksum, members: this.#members };
    this.#memory = undefined;
    this.#encoder = undefined;
    this.#tarLength = 0;
    this.#members = [];
    return frame;
  }

  /** Takes back the memory of a frame that was dealt with. */
  reuse(memory: SharedArrayBuffer): void {
    if (memory.byteLength === this.#capacity) this.#free.push(memory);
  }

  #begin(needed: number): FrameEncoder {
    const room = Math.max(FRAME_ROOM + needed, this.#capacity);
    this.#memory = (room > this.#capacity ? undefined : this.#free.pop()) ?? new SharedArrayBuffer(room);
    this.#used = FRAME_ROOM;
    return new FrameEncoder(Buffer.from(this.#memory));
  }
}
