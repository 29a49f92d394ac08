import type { CrateLines } from '@crates-mirror/crates-index/files';
import {
  compareVersions,
  compatibleRange,
  meets,
  parseRequirement,
  type Requirement,
} from '@crates-mirror/semver';
import type { DependencyVersions, SelectionRules } from '../model/rules.ts';
import { dependenciesOf, type ForeignDependency } from './dependencies.ts';
import { Interned } from './interned.ts';
import { KnownCrates, NEEDED, ROOT } from './known-crates.ts';
import { Numbers } from './numbers.ts';
import { firstOf, pairOf, secondOf } from './pair.ts';
import { Reasons } from './reasons.ts';

/** The first reason found why a version is a dependency. */
export interface Because {
  readonly path: string;
  readonly version: string;
  readonly requirement: string;
}

/** A dependency on a crate of another registry, which is not followed. */
export interface LeftOut extends ForeignDependency {
  /** Index path and version of the crate that has the dependency. */
  readonly path: string;
  readonly version: string;
}

export interface ClosureDeps {
  readonly rules: Pick<SelectionRules, 'optionalDeps' | 'buildDeps'>;
  readonly versions: DependencyVersions;
  /** undefined if the index has no such crate or it cannot be read now */
  readonly read: (path: string) => CrateLines | undefined;
  /** For each entry of a crate, whether a requirement may be resolved to it. */
  readonly isUsable: (crate: CrateLines) => readonly boolean[];
  /** Whether {@link Closure.because} will be called. */
  readonly isExplained: boolean;
}

const pairs = (length: number) => new Float64Array(length);

/**
 * All versions to which cargo could resolve the dependencies of some versions, transitively, so
 * that cargo finds what it needs however it resolves.
 *
 * It is found in waves, each of which applies the requirements of the versions that the previous
 * one reached. Only versions that are reached have their lines parsed, and nothing of them is kept:
 * a crate of which a later wave reaches further versions is read again. A version is followed once,
 * so that cycles end.
 */
export class Closure {
  readonly leftOut: LeftOut[] = [];
  readonly #deps: ClosureDeps;
  readonly #crates = new KnownCrates();
  /** undefined for a requirement that cargo rejects */
  readonly #requirements = new Interned<Requirement | undefined>(parseRequirement);
  readonly #reasons: Reasons | undefined;
  /** Pairs of crate and requirement for the next wave. */
  #next = new Numbers(pairs);

  constructor(deps: ClosureDeps) {
    this.#deps = deps;
    this.#reasons = deps.isExplained ? new Reasons() : undefined;
  }

  /** Adds root versions of a crate. @param places positions in the index file */
  add(crate: CrateLines, places: readonly number[]): void {
    const number = this.#crates.numberOf(crate.path);
    this.#crates.add(number, crate, this.#deps.isUsable(crate));
    for (const place of places) this.#crates.mark(number, place, ROOT);
    this.#follow(number, crate, places);
  }

  /** Follows all dependencies. */
  run(): void {
    while (this.#next.length > 0) {
      // Sorted, the requirements on one crate come one after another.
      const wave = this.#next.view().sort();
      this.#next = new Numbers(pairs);
      for (let at = 0; at < wave.length; ) {
        const crate = firstOf(wave[at] as number);
        let end = at;
        while (end < wave.length && firstOf(wave[end] as number) === crate) end += 1;
        this.#apply(crate, new Set(wave.subarray(at, end)));
        at = end;
      }
    }
  }

  /** Versions that are dependencies but not roots, by index path. */
  needed(): Generator<readonly [path: string, versions: readonly string[]]> {
    return this.#crates.marked(NEEDED);
  }

  /** The version whose dependency led to this one; undefined for roots and unreached versions. */
  because(path: string, version: string): Because | undefined {
    const number = this.#crates.numberOf(path);
    const place = this.#crates.placeOf(number, version);
    const reason = place === -1 ? undefined : this.#reasons?.of(pairOf(number, place));
    if (reason === undefined) return undefined;
    const [crate, from] = [firstOf(reason.dependent), secondOf(reason.dependent)];
    return {
      path: this.#crates.pathOf(crate),
      version: this.#crates.textAt(crate, from),
      requirement: this.#requirements.textOf(secondOf(reason.dependency)),
    };
  }

  /** @param wanted pairs of the crate and a requirement */
  #apply(number: number, wanted: Iterable<number>): void {
    const isRead = this.#crates.isRead(number);
    const crate = isRead ? undefined : this.#deps.read(this.#crates.pathOf(number));
    if (!isRead) this.#crates.add(number, crate, crate === undefined ? [] : this.#deps.isUsable(crate));
    const reached: number[] = [];
    for (const dependency of wanted)
      for (const place of this.#matching(number, secondOf(dependency)))
        if (this.#crates.mark(number, place, NEEDED)) {
          reached.push(place);
          this.#reasons?.reached(pairOf(number, place), dependency);
        }
    if (reached.length === 0) return;
    const lines = crate ?? this.#deps.read(this.#crates.pathOf(number));
    if (lines !== undefined) this.#follow(number, lines, reached);
  }

  #follow(number: number, { path, content, entries }: CrateLines, places: readonly number[]): void {
    for (const place of places) {
      const version = this.#crates.textAt(number, place);
      // The file may have changed since its versions were numbered.
      const isSame = entries[place]?.version === version;
      const entry = isSame ? entries[place] : entries.find((one) => one.version === version);
      if (entry === undefined) continue;
      const line = content.toString('utf8', entry.start, entry.end);
      const { own, foreign } = dependenciesOf(line, this.#deps.rules);
      for (const { path: other, requirement } of own) {
        const dependency = pairOf(this.#crates.numberOf(other), this.#requirements.numberOf(requirement));
        this.#next.push(dependency);
        this.#reasons?.depends(pairOf(number, place), dependency);
      }
      for (const { name, registry } of foreign) this.leftOut.push({ path, version, name, registry });
    }
  }

  /** Places of the versions to which a requirement is resolved. */
  #matching(number: number, requirement: number): readonly number[] {
    const wanted = this.#requirements.valueOf(requirement);
    if (wanted === undefined) return [];
    const all: number[] = [];
    for (const place of this.#crates.usable(number))
      if (meets(this.#crates.versionAt(number, place), wanted)) all.push(place);
    return this.#deps.versions === 'all' ? all : this.#newest(number, all);
  }

  /** The newest version of each range of compatible versions. */
  #newest(number: number, places: readonly number[]): readonly number[] {
    const newest = new Map<string, number>();
    for (const place of places) {
      const version = this.#crates.versionAt(number, place);
      const range = compatibleRange(version);
      const before = newest.get(range);
      if (before === undefined || compareVersions(version, this.#crates.versionAt(number, before)) > 0)
        newest.set(range, place);
    }
    return [...newest.values()];
  }
}
