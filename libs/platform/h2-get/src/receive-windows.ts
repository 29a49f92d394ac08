import type { FrameWriter } from './frame-writer.ts';
import { DEFAULT_WINDOW, encodeFrame, encodeNumber, encodeSettings, FrameType, Setting } from './frames.ts';
import { WindowEstimator } from './window-estimator.ts';

/**
 * Receive windows, of the connection and of each stream, bytes: one stream may be all there is. They are not what bounds the
 * memory. What arrives is consumed before the socket is read again, and only what was consumed is granted anew: a server
 * that sends faster than it is consumed fills the kernel's buffer, whatever the window.
 */
export const FIRST_WINDOW = 32 << 20;
export const MAX_WINDOW = 64 << 20;
const MIN_WINDOW = 128 << 10;
/**
 * Shares of a window that are granted anew at once. A server that waits for its window sends such pieces: the fewer they are,
 * the less of the window is seen between a PING and its answer.
 */
const PIECES = 8;
/** The PING that measures a round trip. */
const PROBE = Buffer.from('how wide');

/**
 * A window for a limited rate: what is not granted is not sent, and waits at the server's end of the line instead of ours.
 *
 * @param rate bytes/s. @returns what arrives in a second, within bounds
 */
export function windowOf(rate: number): number {
  return Math.max(MIN_WINDOW, Math.min(FIRST_WINDOW, rate));
}

/** What one connection's server may send: as much again as was consumed, and more where the line takes it. */
export class ReceiveWindows {
  readonly #writer: FrameWriter;
  readonly #first: number;
  readonly #estimator: WindowEstimator;
  /** bytes since the connection's last WINDOW_UPDATE */
  #consumed = 0;

  /** @param fixed their size, where they are not to follow the line */
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

  /** @param consumed bytes since the stream's last WINDOW_UPDATE. @returns those that still are */
  consumedBy(stream: number, consumed: number): number {
    if (!this.#isDue(consumed)) return consumed;
    this.#writer.send(encodeNumber(FrameType.windowUpdate, stream, consumed));
    return 0;
  }

  /** A PING was answered. SETTINGS change the windows of open streams too, but not the connection's (RFC 9113, 6.9.2). */
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
