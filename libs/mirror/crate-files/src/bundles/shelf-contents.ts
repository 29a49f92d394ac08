import type { MemberPlace } from '../place.ts';
import { MemberTable } from './member-table.ts';
import type { OpenBundle } from './open-bundle.ts';

/** Open bundles, and where in them which bytes are. */
export class ShelfContents {
  /** By the numbers that the table has. One that was under way and is finished now has left its place empty. */
  readonly #bundles: (OpenBundle | undefined)[] = [];
  readonly #table = new MemberTable();

  get bundles(): readonly OpenBundle[] {
    return this.#bundles.filter((bundle) => bundle !== undefined);
  }

  get memory(): SharedArrayBuffer {
    return this.#table.memory;
  }

  find(sha256: string): MemberPlace | undefined {
    const slot = this.#table.find(sha256);
    const bundle = slot === undefined ? undefined : this.#bundles[slot.bundle];
    if (slot === undefined || bundle === undefined) return undefined;
    return { kind: 'member', bundle, offset: slot.offset, size: slot.size, mtimeMs: bundle.state.mtimeMs };
  }

  /** Adds a bundle, in the place of the one with its number, which it has all members of. */
  add(bundle: OpenBundle, rows: Uint32Array): void {
    const before = this.#bundles.findIndex((other) => other?.number === bundle.number);
    this.#table.add(rows, this.#bundles.push(bundle) - 1);
    if (before === -1) return;
    this.#bundles[before]?.drop();
    this.#bundles[before] = undefined;
  }

  /** Adds what a bundle has gained. */
  addMembers(bundle: OpenBundle, rows: Uint32Array): void {
    this.#table.add(rows, this.#bundles.indexOf(bundle));
  }

  drop(): void {
    for (const bundle of this.#bundles.splice(0)) bundle?.drop();
  }
}
