import type { BundleShelf } from './bundles/bundle-shelf.ts';
import type { DamageNotes } from './damage-notes.ts';
import { ABSENT, eitherOf, type Holding } from './holding.ts';
import type { LooseFiles } from './loose-files.ts';
import { keyOf, type Place, type WantedFile } from './place.ts';

const NOWHERE: ReadonlySet<string> = new Set();

export interface LookupParts {
  readonly loose: LooseFiles | undefined;
  readonly shelf: BundleShelf | undefined;
  readonly damage: DamageNotes;
  /** Reads a copy, to see whether it has the promised bytes. */
  readonly isWhole: (wanted: WantedFile, place: Place) => Promise<boolean>;
}

/** Finds out how a mirror stands to crate files: where each is held or, if it is not, why not. */
export class CrateLookup {
  readonly #loose: LooseFiles | undefined;
  readonly #shelf: BundleShelf | undefined;
  readonly #damage: DamageNotes;
  readonly #isWhole: LookupParts['isWhole'];

  constructor({ loose, shelf, damage, isWhole }: LookupParts) {
    this.#loose = loose;
    this.#shelf = shelf;
    this.#damage = damage;
    this.#isWhole = isWhole;
  }

  /** @param except places that are passed over. @throws CodedError where nobody can tell now */
  async lookAll(wanted: readonly WantedFile[], except: ReadonlySet<string> = NOWHERE): Promise<Holding[]> {
    let holdings = await Promise.all(wanted.map((one) => this.#look(one, except)));
    if (holdings.every(({ kind }) => kind === 'held')) return holdings;
    await this.#loose?.witness.check();
    if (this.#shelf !== undefined) {
      // A run moves loose files into bundles: what is no longer loose is in one by now.
      await this.#shelf.refresh();
      const again = (holding: Holding, i: number): Holding | Promise<Holding> =>
        holding.kind === 'held' ? holding : this.#lookInBundles(wanted[i] as WantedFile, holding, except);
      holdings = await Promise.all(holdings.map(again));
    }
    for (const [i, holding] of holdings.entries())
      if (holding.kind === 'damaged')
        for (const place of holding.places) this.#damage.tell(wanted[i] as WantedFile, place);
    return holdings;
  }

  async #look(wanted: WantedFile, except: ReadonlySet<string>): Promise<Holding> {
    const bundled = await this.#bundled(wanted, except);
    if (bundled.kind === 'held' || this.#loose === undefined) return bundled;
    const loose = await this.#loose.find(wanted);
    if (loose.kind !== 'held') return eitherOf(bundled, loose);
    return eitherOf(bundled, await this.#conditionOf(wanted, loose.place, except));
  }

  /** @param before what was known of it */
  async #lookInBundles(wanted: WantedFile, before: Holding, except: ReadonlySet<string>): Promise<Holding> {
    const bundled = await this.#bundled(wanted, except);
    // The damaged copies in bundles were among those that were known.
    return before.kind === 'damaged' && bundled.kind === 'damaged' ? before : eitherOf(bundled, before);
  }

  async #bundled(wanted: WantedFile, except: ReadonlySet<string>): Promise<Holding> {
    let holding = ABSENT;
    for (const place of this.#shelf?.find(wanted) ?? []) {
      holding = eitherOf(await this.#conditionOf(wanted, place, except), holding);
      if (holding.kind === 'held') break;
    }
    return holding;
  }

  /** Of a copy that should be the one. */
  async #conditionOf(wanted: WantedFile, place: Place, except: ReadonlySet<string>): Promise<Holding> {
    if (except.size > 0 && except.has(keyOf(place))) return ABSENT;
    const condition = this.#damage.conditionOf(wanted, place);
    const isUsable = condition === 'good' || (condition === 'due' && (await this.#recheck(wanted, place)));
    return isUsable ? { kind: 'held', place } : { kind: 'damaged', places: [place] };
  }

  /** Looks whether a damaged copy is whole again: what is promised before that would be a promise to be broken. */
  async #recheck(wanted: WantedFile, place: Place): Promise<boolean> {
    // It is not due again until this is known.
    this.#damage.note(wanted, place);
    if (!(await this.#isWhole(wanted, place))) return false;
    this.#damage.clear(wanted, place);
    return true;
  }
}
