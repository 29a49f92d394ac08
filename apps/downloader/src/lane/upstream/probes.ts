import type { Target } from '../target.ts';

/** One alone may have been removed upstream since. */
const MAX_HELD = 3;

/** Files that an origin is known to have: a request for one of them shows whether it hands out anything. */
export class Probes {
  readonly #served = new Map<string, Target>();
  readonly #held = new Map<string, Target[]>();

  /** It has handed this one out just now. @param sha256 of what came, lower-case hex. @returns it, if it is the first one */
  served(target: Target, sha256: string): Target | undefined {
    const isFirst = !this.#served.has(target.origin);
    const control = { ...target, sha256 };
    this.#served.set(target.origin, control);
    return isFirst ? control : undefined;
  }

  /** The mirror holds this one's file, or another lane was handed it. @param sha256 of it, lower-case hex */
  held(target: Target, sha256: string): void {
    const others = this.#held.get(target.origin);
    if (others === undefined) this.#held.set(target.origin, [{ ...target, sha256 }]);
    else if (others.length < MAX_HELD && others.every(({ name }) => name !== target.name))
      others.push({ ...target, sha256 });
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
