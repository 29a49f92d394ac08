import type { RecordError } from '@crates-mirror/manifest';
import type { Target } from '../target.ts';

/** As many of one origin are not left in doubt for longer. */
const MAX_UNCONFIRMED = 64;

/** A target whose file is missing, as the upstream says. */
export interface UnconfirmedTarget {
  readonly target: Target;
  readonly error: RecordError;
  /** when it was said, ms on performance.now()'s clock */
  readonly answeredAt: number;
}

/**
 * Targets that an upstream has answered "missing" for. crates.io answers 403 for a file that it does not have, and so does
 * whatever has begun to turn us away; the one is to be told from the other by whether it hands out other files at that time.
 */
export class Unconfirmed {
  readonly #byOrigin = new Map<string, UnconfirmedTarget[]>();

  add(suspect: UnconfirmedTarget): void {
    const { origin } = suspect.target;
    const others = this.#byOrigin.get(origin);
    if (others === undefined) this.#byOrigin.set(origin, [suspect]);
    else others.push(suspect);
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
  take(origin: string, before: number = Number.POSITIVE_INFINITY): UnconfirmedTarget[] {
    const all = this.#byOrigin.get(origin) ?? [];
    const taken = all.filter(({ answeredAt }) => answeredAt <= before);
    if (taken.length === 0) return taken;
    const left = all.filter(({ answeredAt }) => answeredAt > before);
    if (left.length > 0) this.#byOrigin.set(origin, left);
    else this.#byOrigin.delete(origin);
    return taken;
  }
}
