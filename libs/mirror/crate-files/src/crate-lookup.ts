import { CodedError } from '@crates-mirror/errors';
import type { BundleShelf } from './bundles/bundle-shelf.ts';
import type { DamageNotes } from './damage-notes.ts';
import { ABSENT, eitherOf, type LookupResult } from './lookup-result.ts';
import type { LooseSource } from './loose-source.ts';
import { keyOf, type Place, type WantedFile } from './place.ts';

const NOWHERE: ReadonlySet<string> = new Set();

export interface LookupDeps {
  readonly loose: LooseSource | undefined;
  readonly shelf: BundleShelf | undefined;
  readonly damage: DamageNotes;
  /** Reads a copy and reports whether it has the promised bytes. */
  readonly isWhole: (wanted: WantedFile, place: Place) => Promise<boolean>;
}

/** Determines where a mirror holds crate files and, for those it does not hold, why not. */
export class CrateLookup {
  readonly #loose: LooseSource | undefined;
  readonly #shelf: BundleShelf | undefined;
  readonly #damage: DamageNotes;
  readonly #isWhole: LookupDeps['isWhole'];

  constructor({ loose, shelf, damage, isWhole }: LookupDeps) {
    this.#loose = loose;
    this.#shelf = shelf;
    this.#damage = damage;
    this.#isWhole = isWhole;
  }

  /** @param except places to skip. @throws CodedError if this cannot be determined now */
  async lookAll(
    wanted: readonly WantedFile[],
    except: ReadonlySet<string> = NOWHERE,
  ): Promise<LookupResult[]> {
    let results = await Promise.all(wanted.map((one) => this.#look(one, except)));
    if (results.every(({ kind }) => kind === 'held')) return results;
    await this.#loose?.checkThere();
    if (this.#shelf !== undefined) {
      // A run moves loose files into bundles, so a file that is no longer loose is in a bundle.
      await this.#shelf.refresh();
      const again = (result: LookupResult, i: number): LookupResult | Promise<LookupResult> =>
        result.kind === 'held' ? result : this.#lookInBundles(wanted[i] as WantedFile, result, except);
      results = await Promise.all(results.map(again));
      const { failure } = this.#shelf;
      if (failure !== undefined && results.some(({ kind }) => kind !== 'held'))
        throw new CodedError('unreadable', failure);
    }
    for (const [i, result] of results.entries())
      if (result.kind === 'damaged')
        for (const place of result.places) this.#damage.tell(wanted[i] as WantedFile, place);
    return results;
  }

  async #look(wanted: WantedFile, except: ReadonlySet<string>): Promise<LookupResult> {
    const bundled = await this.#bundled(wanted, except);
    if (bundled.kind === 'held' || this.#loose === undefined) return bundled;
    const loose = await this.#loose.find(wanted);
    if (loose.kind !== 'held') return eitherOf(bundled, loose);
    return eitherOf(bundled, await this.#conditionOf(wanted, loose.place, except));
  }

  /** @param before the result so far */
  async #lookInBundles(
    wanted: WantedFile,
    before: LookupResult,
    except: ReadonlySet<string>,
  ): Promise<LookupResult> {
    const bundled = await this.#bundled(wanted, except);
    // `before` already includes the damaged copies in bundles.
    return before.kind === 'damaged' && bundled.kind === 'damaged' ? before : eitherOf(bundled, before);
  }

  async #bundled(wanted: WantedFile, except: ReadonlySet<string>): Promise<LookupResult> {
    let result = ABSENT;
    for (const place of this.#shelf?.find(wanted) ?? []) {
      result = eitherOf(await this.#conditionOf(wanted, place, except), result);
      if (result.kind === 'held') break;
    }
    return result;
  }

  /** Checks a copy that should have the right bytes. */
  async #conditionOf(wanted: WantedFile, place: Place, except: ReadonlySet<string>): Promise<LookupResult> {
    if (except.size > 0 && except.has(keyOf(place))) return ABSENT;
    const condition = this.#damage.conditionOf(wanted, place);
    const isUsable = condition === 'good' || (condition === 'due' && (await this.#recheck(wanted, place)));
    return isUsable ? { kind: 'held', place } : { kind: 'damaged', places: [place] };
  }

  /**
   * Checks whether a damaged copy is whole again. It must be read first, so that the mirror
   * promises only what it can serve.
   */
  async #recheck(wanted: WantedFile, place: Place): Promise<boolean> {
    // Prevents another recheck until this one completes.
    this.#damage.note(wanted, place);
    if (!(await this.#isWhole(wanted, place))) return false;
    this.#damage.clear(wanted, place);
    return true;
  }
}
