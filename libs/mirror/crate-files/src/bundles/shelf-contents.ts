import type { MemberPlace } from '../place.ts';
import { MemberTable } from './member-table.ts';
import type { OpenBundle } from './open-bundle.ts';

/** Open bundles, and the positions of their members. */
export class ShelfContents {
  /** Indexed by the bundle numbers in the table. */
  readonly #bundles: OpenBundle[] = [];
  readonly #table = new MemberTable();

  get bundles(): readonly OpenBundle[] {
    return this.#bundles;
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  /**
   * The members with these bytes: finished bundles first, then later bundles before earlier ones.
   */
  find(sha256: string): readonly MemberPlace[] {
    const places = this.#table.findAll(sha256).flatMap(({ bundle: number, offset, size }): MemberPlace[] => {
      const bundle = this.#bundles[number];
      if (bundle === undefined) return [];
      return [{ kind: 'member', bundle, offset, size, mtimeMs: bundle.state.mtimeMs }];
    });
    return places.length < 2 ? places : places.sort(byTrust);
  }

  /** Adds a bundle. It replaces the bundle with the same number, all of whose members it has. */
  add(bundle: OpenBundle, rows: Uint32Array): void {
    const before = this.#bundles.findIndex((other) => other.number === bundle.number);
    const at = before === -1 ? this.#bundles.length : before;
    this.#bundles[before]?.drop();
    this.#bundles[at] = bundle;
    this.#table.add(rows, at);
  }

  /** Adds new members of a bundle. */
  addMembers(bundle: OpenBundle, rows: Uint32Array): void {
    this.#table.add(rows, this.#bundles.indexOf(bundle));
  }

  drop(): void {
    for (const bundle of this.#bundles.splice(0)) bundle.drop();
  }
}

/**
 * Finished bundles come first, because a bundle that is not in the catalog may have been abandoned.
 * Later ones come first, because a crate is mirrored again if its earlier copy is bad.
 */
function byTrust(a: MemberPlace, b: MemberPlace): number {
  return Number(a.bundle.isPartial) - Number(b.bundle.isPartial) || b.bundle.number - a.bundle.number;
}
