import type { RecordError } from '@crates-mirror/manifest';
import type { Target } from '../target.ts';

/** With this many for one origin, the lane sends no new requests until they are confirmed. */
const MAX_UNCONFIRMED = 64;

/** A target that the upstream reported as missing. */
export interface UnconfirmedTarget {
  readonly target: Target;
  readonly error: RecordError;
  /** When the response arrived, in ms on performance.now()'s clock. */
  readonly answeredAt: number;
}

const NONE: readonly UnconfirmedTarget[] = [];

/**
 * Targets that an upstream reported as missing, until that is confirmed. crates.io responds with
 * 403 for a file that it does not have, and a firewall that has begun to block us responds with the
 * same status. Whether other files are served at that time shows which it is.
 */
export class Unconfirmed {
  readonly #byOrigin = new Map<string, UnconfirmedTarget[]>();

  add(missing: UnconfirmedTarget): void {
    const { origin } = missing.target;
    const others = this.#byOrigin.get(origin);
    if (others === undefined) this.#byOrigin.set(origin, [missing]);
    else others.push(missing);
  }

  /** An origin with unconfirmed targets; undefined if there is none. */
  get anyOrigin(): string | undefined {
    return this.#byOrigin.keys().next().value;
  }

  /** An origin with the maximum number of unconfirmed targets; undefined if there is none. */
  get fullOrigin(): string | undefined {
    for (const [origin, { length }] of this.#byOrigin) if (length >= MAX_UNCONFIRMED) return origin;
    return undefined;
  }

  /**
   * Removes and returns the targets of an origin; with `before`, only those whose response arrived
   * by then.
   */
  take(origin: string, before: number = Number.POSITIVE_INFINITY): readonly UnconfirmedTarget[] {
    const all = this.#byOrigin.get(origin);
    if (all === undefined) return NONE;
    const taken = all.filter(({ answeredAt }) => answeredAt <= before);
    if (taken.length === 0) return taken;
    const left = all.filter(({ answeredAt }) => answeredAt > before);
    if (left.length > 0) this.#byOrigin.set(origin, left);
    else this.#byOrigin.delete(origin);
    return taken;
  }
}
