import type { FrameWriter } from './frame-writer.ts';
import { DEFAULT_WINDOW, encodeFrame, encodeNumber, encodeSettings, FrameType, Setting } from './frames.ts';
import { WindowEstimator } from './window-estimator.ts';

/**
 * Receive windows, of the connection and of each stream, bytes: one stream may be the only one.
 * They do not bound memory use: data is consumed before the socket is read again, and only consumed
 * bytes are granted again. A server that sends faster fills the kernel's buffer, whatever the
 * window.
 */
export const FIRST_WINDOW = 32 << 20;
export const MAX_WINDOW = 64 << 20;
const MIN_WINDOW = 128 << 10;
/**
 * Shares of a window that are granted at once. A server that waits for its window sends in such
 * pieces: the fewer they are, the less of the window is measured between a PING and its response.
 */
const PIECES = 8;
/** The PING that measures a round trip. */
const PROBE = Buffer.from('how wide');

/**
 * A window for a limited rate: bytes that are not granted are not sent, and wait at the server's
 * end of the line instead of ours.
 *
 * @param rate bytes/s
 * @returns the bytes that arrive in a second, within bounds
 */
export function windowOf(rate: number): number {
  return Math.max(MIN_WINDOW, Math.min(FIRST_WINDOW, rate));
}

/** Grants the server of one connection as much as was consumed, and more if the line allows it. */
export class ReceiveWindows {
  readonly #writer: FrameWriter;
  readonly #first: number;
  readonly #estimator: WindowEstimator;
  /** bytes since the connection's last WINDOW_UPDATE */
  #consumed = 0;

  /** @param fixed window size, if it is not to adapt to the line */
  constructor(writer: FrameWriter, fixed?: number) {
    this.#writer = writer;
    this.#first = fixed ?? FIRST_WINDOW;
    this.#estimator = new WindowEstimator(this.#first, fixed ?? MAX_WINDOW);
  }

  /** Follows the connection preface. */
  open(): void {
    this.#writer.send(
      encodeSettings([
        [Setting.enablePush, 0],
        [Setting.initialWindowSize, this.#first],
      ]),
    );
    this.#writer.send(encodeNumber(FrameType.windowUpdate, 0, this.#first - DEFAULT_WINDOW));
  }

  /** @param length bytes of a DATA frame that count for flow control */
  consumed(length: number): void {
    this.#estimator.arrived(length);
    this.#consumed += length;
    if (!this.#isDue(this.#consumed)) return;
    this.#writer.send(encodeNumber(FrameType.windowUpdate, 0, this.#consumed));
    this.#consumed = 0;
    if (this.#estimator.ask(performance.now())) this.#writer.send(encodeFrame(FrameType.ping, 0, 0, PROBE));
  }

  /**
   * @param consumed bytes since the stream's last WINDOW_UPDATE
   * @returns bytes still to be granted
   */
  consumedBy(stream: number, consumed: number): number {
    if (!this.#isDue(consumed)) return consumed;
    this.#writer.send(encodeNumber(FrameType.windowUpdate, stream, consumed));
    return 0;
  }

  /**
   * Called for the response to a PING. SETTINGS change the windows of open streams too, but not the
   * connection's (RFC 9113, 6.9.2).
   */
  answered(payload: Buffer): void {
    if (!payload.equals(PROBE)) return;
    const grown = this.#estimator.answered(performance.now());
    if (grown === 0) return;
    this.#writer.send(encodeSettings([[Setting.initialWindowSize, this.#estimator.window]]));
    this.#writer.send(encodeNumber(FrameType.windowUpdate, 0, grown));
  }

  #isDue(consumed: number): boolean {
    return consumed >= this.#estimator.window / PIECES;
  }
}
