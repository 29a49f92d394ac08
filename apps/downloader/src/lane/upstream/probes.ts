import type { Target } from '../target.ts';

/** A single file may have been removed upstream since it was mirrored. */
const MAX_HELD = 3;

/** A file that an origin has, as far as is known. */
export interface KnownFile {
  readonly target: Target;
  /** Lower-case hex. */
  readonly sha256: string;
}

/**
 * Files that an origin is known to have. A request for one of them, a probe, shows whether the
 * origin serves anything.
 */
export class Probes {
  readonly #served = new Map<string, Target>();
  readonly #held = new Map<string, Target[]>();

  /** Called when the origin has served a file. @returns the file, if it is the first one */
  served(file: KnownFile): Target | undefined {
    const probe = probeFor(file);
    const isFirst = !this.#served.has(probe.origin);
    this.#served.set(probe.origin, probe);
    return isFirst ? probe : undefined;
  }

  /** Called with a file that the mirror holds or that another lane was served. */
  held(file: KnownFile): void {
    const { origin, name } = file.target;
    const others = this.#held.get(origin);
    if (others === undefined) this.#held.set(origin, [probeFor(file)]);
    else if (others.length < MAX_HELD && others.every((other) => other.name !== name))
      others.push(probeFor(file));
  }

  /** Number of files to choose from. */
  count(origin: string): number {
    return this.#served.has(origin) ? 1 : (this.#held.get(origin)?.length ?? 0);
  }

  /**
   * Whether there are so few files to choose from that all of them may have been removed upstream.
   */
  isShort(origin: string): boolean {
    return !this.#served.has(origin) && this.count(origin) < MAX_HELD;
  }

  /** Returns the most recently served file. Without one, returns the files in place in turn. */
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
