import { decodeSettings } from './control-frames.ts';
import type { FrameWriter } from './frame-writer.ts';
import { encodeFrame, Flag, FrameType, NO_TABLE } from './frames.ts';

/** The SETTINGS of both ends of a connection (RFC 9113, 6.5). */
export class SettingsExchange {
  readonly #writer: FrameWriter;
  readonly #onRoundTrip: (ms: number) => void;
  #maxStreams: number | undefined;
  #owesTableSize = false;
  /** When ours were sent, ms; undefined once they have been acknowledged. */
  #sentAt: number | undefined = performance.now();

  /** @param onRoundTrip called once, as soon as a round trip to the server has been measured */
  constructor(writer: FrameWriter, onRoundTrip: (ms: number) => void) {
    this.#writer = writer;
    this.#onRoundTrip = onRoundTrip;
  }

  /** The server's stream limit, once known. */
  get maxStreams(): number | undefined {
    return this.#maxStreams;
  }

  /** Begins a header block with the change of the table size, if the server waits for one. */
  prependTableSize(block: Buffer): Buffer {
    if (!this.#owesTableSize) return block;
    this.#owesTableSize = false;
    return Buffer.concat([NO_TABLE, block]);
  }

  /** @returns whether the server has set its limits */
  receive(flags: number, payload: Buffer): boolean {
    if ((flags & Flag.ack) !== 0) {
      this.#acknowledged();
      return false;
    }
    const { maxStreams, namesTableSize } = decodeSettings(payload);
    // SETTINGS without a limit allow any number of streams (RFC 9113, 6.5.2).
    this.#maxStreams = maxStreams ?? this.#maxStreams ?? Number.POSITIVE_INFINITY;
    if (namesTableSize) this.#owesTableSize = true;
    this.#writer.send(encodeFrame(FrameType.settings, Flag.ack, 0, Buffer.alloc(0)));
    return true;
  }

  /**
   * The first acknowledgment took one round trip: servers send it before they answer a request (RFC
   * 9113, 6.5.3). How long TCP took says nothing if something near the client accepts connections
   * for the server.
   */
  #acknowledged(): void {
    if (this.#sentAt === undefined) return;
    this.#onRoundTrip(performance.now() - this.#sentAt);
    this.#sentAt = undefined;
  }
}
