import type { TLSSocket } from 'node:tls';
import { FrameWriter } from './frame-writer.ts';
import { ErrorCode, encodeGoaway } from './frames.ts';
import { HeldTime } from './pace/held-time.ts';
import type { Pace } from './pace/pace.ts';

/** A server that asks for answers (to pings, say) and never reads them must not fill the memory. Bytes. */
const MAX_UNSENT = 4 << 20;
/** A server is told why its connection ends, if it listens. ms */
const FAREWELL_MS = 1000;

/** A connection's own end of its socket: what is written, whether it reads, and how it is closed. */
export class SocketEnd {
  readonly writer: FrameWriter;
  readonly held = new HeldTime();
  readonly #socket: TLSSocket;
  readonly #pace: Pace | undefined;
  readonly #onUnread: () => void;
  #isClosed = false;

  /**
   * @param pace that reading keeps
   * @param onUnread the server reads nothing of what it is sent
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

  /** Something was read. @returns whether to read on now; otherwise that happens later by itself */
  get readsOn(): boolean {
    if (this.#pace === undefined || this.#isClosed) return true;
    // TLS hands on what it has decrypted already, whatever it was told.
    if (!this.held.isHeld && this.#pace.pauses(() => this.#readAgain())) this.held.begin();
    return !this.held.isHeld;
  }

  /** @param code tells the server why (RFC 9113, 7) */
  endWith(code: number): void {
    this.writer.send(encodeGoaway(code));
    this.writer.flush();
    this.#isClosed = true;
    if (code === ErrorCode.noError) {
      // Nothing more comes, and others may wait for its place.
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
