import type { TLSSocket } from 'node:tls';
import { FrameWriter } from './frame-writer.ts';
import { ErrorCode, encodeGoaway } from './frames.ts';
import { HeldTime } from './pace/held-time.ts';
import type { Pace } from './pace/pace.ts';

/**
 * Bytes. A server that triggers responses (with pings, for example) and never reads them must not
 * fill the memory.
 */
const MAX_UNSENT = 4 << 20;
/** ms to send the server the reason for closing its connection */
const FAREWELL_MS = 1000;

/** Our end of a connection's socket: writing, pausing and resuming reads, and closing. */
export class SocketEnd {
  readonly writer: FrameWriter;
  readonly held = new HeldTime();
  readonly #socket: TLSSocket;
  readonly #pace: Pace | undefined;
  readonly #onUnread: () => void;
  #isClosed = false;

  /**
   * @param pace limits reading
   * @param onUnread called when the server does not read what it is sent
   */
  constructor(socket: TLSSocket, pace: Pace | undefined, onUnread: () => void) {
    this.#socket = socket;
    this.#pace = pace;
    this.#onUnread = onUnread;
    this.writer = new FrameWriter((bytes) => this.#write(bytes));
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Called after a read. Pauses reading if the pace demands it.
   *
   * @returns whether to continue now; otherwise reading resumes later by itself
   */
  keepPace(): boolean {
    if (this.#pace === undefined || this.#isClosed) return true;
    // TLS passes on data that it has already decrypted, even when paused.
    if (!this.held.isHeld && this.#pace.pauseIfSpent(() => this.#readAgain())) this.held.begin();
    return !this.held.isHeld;
  }

  /** @param code error code for the server (RFC 9113, 7) */
  endWith(code: number): void {
    this.writer.send(encodeGoaway(code));
    this.writer.flush();
    this.#isClosed = true;
    if (code === ErrorCode.noError) {
      // No more data is expected, and other connections may wait for the slot.
      this.#socket.end(() => this.#socket.destroy());
      return;
    }
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), FAREWELL_MS).unref();
  }

  destroy(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #readAgain(): void {
    this.held.end();
    if (!this.#isClosed) this.#socket.resume();
  }

  #write(bytes: Buffer): void {
    if (this.#isClosed) return;
    this.#socket.write(bytes);
    if (this.#socket.writableLength > MAX_UNSENT) this.#onUnread();
  }
}
