import type { Target } from '../target.ts';

/** One alone may have been removed upstream since. */
const MAX_HELD = 3;

/** A file that an origin has, as far as is known. */
export interface KnownFile {
  readonly target: Target;
  /** lower-case hex */
  readonly sha256: string;
}

/** Files that an origin is known to have: a request for one of them, a probe, shows whether it hands out anything. */
export class Probes {
  readonly #served = new Map<string, Target>();
  readonly #held = new Map<string, Target[]>();

  /** The origin has handed this one out just now. @returns it, if it is the first one */
  served(file: KnownFile): Target | undefined {
    const probe = probeFor(file);
    const isFirst = !this.#served.has(probe.origin);
    this.#served.set(probe.origin, probe);
    return isFirst ? probe : undefined;
  }

  /** The mirror holds this one, or another lane was handed it. */
  held(file: KnownFile): void {
    const { origin, name } = file.target;
    const others = this.#held.get(origin);
    if (others === undefined) this.#held.set(origin, [probeFor(file)]);
    else if (others.length < MAX_HELD && others.every((other) => other.name !== name))
      others.push(probeFor(file));
  }

  /** How many there are to choose from. */
  count(origin: string): number {
    return this.#served.has(origin) ? 1 : (this.#held.get(origin)?.length ?? 0);
  }

  /** Whether those to choose from may all have been removed upstream. */
  isShort(origin: string): boolean {
    return !this.#served.has(origin) && this.count(origin) < MAX_HELD;
  }

  /** The last that was handed out; without one, those in place, each in turn. */
  next(origin: string): Target | undefined {
    const served = this.#served.get(origin);
    if (served !== undefined) return served;
    const held = this.#held.get(origin);
    const next = held?.shift();
    if (next !== undefined) held?.push(next);
    return next;
  }
}

function probeFor({ target, sha256 }: KnownFile): Target {
  return { ...target, sha256 };
}
