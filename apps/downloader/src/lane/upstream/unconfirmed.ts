import type { RecordError } from '@crates-mirror/manifest';
import type { Target } from '../target.ts';

/** With as many of one origin, the lane asks for nothing new before they are confirmed. */
const MAX_UNCONFIRMED = 64;

/** A target that the upstream has called missing. */
export interface UnconfirmedTarget {
  readonly target: Target;
  readonly error: RecordError;
  /** when it was said, ms on performance.now()'s clock */
  readonly answeredAt: number;
}

const NONE: readonly UnconfirmedTarget[] = [];

/**
 * Targets that an upstream has called missing, as long as nothing confirms it. crates.io answers 403 for a file that it does
 * not have, and a firewall that has begun to refuse us answers the same. Whether other files come at that time tells which.
 */
export class Unconfirmed {
  readonly #byOrigin = new Map<string, UnconfirmedTarget[]>();

  add(missing: UnconfirmedTarget): void {
    const { origin } = missing.target;
    const others = this.#byOrigin.get(origin);
    if (others === undefined) this.#byOrigin.set(origin, [missing]);
    else others.push(missing);
  }

  /** An origin that has any; undefined where none has. */
  get anyOrigin(): string | undefined {
    return this.#byOrigin.keys().next().value;
  }

  /** An origin that has as many as may be; undefined where none has. */
  get fullOrigin(): string | undefined {
    for (const [origin, { length }] of this.#byOrigin) if (length >= MAX_UNCONFIRMED) return origin;
    return undefined;
  }

  /** Takes out those of an origin; with `before`, those alone that were answered by then. */
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
