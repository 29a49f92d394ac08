import type { MemberPlace } from '../place.ts';
import { MemberTable } from './member-table.ts';
import type { OpenBundle } from './open-bundle.ts';

/** Open bundles, and where in them which bytes are. */
export class ShelfContents {
  /** By the numbers that the table has. */
  readonly #bundles: OpenBundle[] = [];
  readonly #table = new MemberTable();

  get bundles(): readonly OpenBundle[] {
    return this.#bundles;
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /** The members with these bytes: those of finished bundles first, the later ones before the earlier. */
  find(sha256: string): readonly MemberPlace[] {
    const places = this.#table.findAll(sha256).flatMap(({ bundle: number, offset, size }): MemberPlace[] => {
      const bundle = this.#bundles[number];
      if (bundle === undefined) return [];
      return [{ kind: 'member', bundle, offset, size, mtimeMs: bundle.state.mtimeMs }];
    });
    return places.length < 2 ? places : places.sort(byTrust);
  }

  /** Adds a bundle, in the place of the one with its number, which it has all members of. */
  add(bundle: OpenBundle, rows: Uint32Array): void {
    const before = this.#bundles.findIndex((other) => other.number === bundle.number);
    const at = before === -1 ? this.#bundles.length : before;
    this.#bundles[before]?.drop();
    this.#bundles[at] = bundle;
    this.#table.add(rows, at);
  }

  /** Adds what a bundle has gained. */
  addMembers(bundle: OpenBundle, rows: Uint32Array): void {
    this.#table.add(rows, this.#bundles.indexOf(bundle));
  }

  drop(): void {
    for (const bundle of this.#bundles.splice(0)) bundle.drop();
  }
}

/** A bundle that is in no catalog may be one that was given up; a copy was mirrored anew because an earlier one is bad. */
function byTrust(a: MemberPlace, b: MemberPlace): number {
  return Number(a.bundle.isPartial) - Number(b.bundle.isPartial) || b.bundle.number - a.bundle.number;
}
