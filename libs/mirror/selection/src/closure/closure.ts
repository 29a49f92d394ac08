import { compareVersions, compatibleRange, meets } from '@crates-mirror/semver';
import type { DependencyVersions } from '../model/rules.ts';
import type { Crate, CrateGraph } from './crate-graph.ts';
import type { ForeignDependency } from './dependencies.ts';

/** Mark of a version where the closure starts. */
export const ROOT = 1;
/** Mark of a dependency. */
const NEEDED = 2;

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

interface Reached {
  readonly crate: Crate;
  /** 0, ROOT or NEEDED by version. */
  readonly marks: Uint8Array;
  /**
   * The edge by which each version was first reached: number of its crate, place of its version,
   * requirement. undefined unless reasons are needed.
   */
  readonly origins: Uint32Array | undefined;
}

const ORIGIN = 3;
/** Factor of the crate number in a pair; more than the number of requirements in any index. */
const MAX_REQUIREMENTS = 2 ** 24;

/**
 * All versions to which cargo could resolve the dependencies of some versions, transitively, so
 * that cargo finds what it needs however it resolves. Each requirement is applied only once to each
 * crate, so cycles terminate.
 */
export class Closure {
  readonly leftOut: LeftOut[] = [];
  readonly #graph: CrateGraph;
  readonly #versions: DependencyVersions;
  readonly #isExplained: boolean;
  readonly #reached = new Map<number, Reached>();
  /** Pairs of crate and requirement already applied. */
  readonly #applied = new Set<number>();
  /** Versions whose dependencies are not yet followed, as pairs of crate and place. */
  readonly #queue: number[] = [];

  /** @param isExplained whether {@link because} will be called */
  constructor(graph: CrateGraph, versions: DependencyVersions, isExplained: boolean) {
    this.#graph = graph;
    this.#versions = versions;
    this.#isExplained = isExplained;
  }

  /** Adds root versions. @param places positions in the index file */
  add(path: string, places: readonly number[]): void {
    const number = this.#graph.paths.numberOf(path);
    const reached = this.#reach(number);
    if (reached === undefined) return;
    for (const place of places) this.#mark(number, reached, place, ROOT);
  }

  /** Follows all dependencies. */
  run(): void {
    for (let at = 0; at < this.#queue.length; at += 2) {
      this.#follow(this.#queue[at] as number, this.#queue[at + 1] as number);
      // Processed entries can be dropped, but cutting the queue at each step would be slower.
      if (at < 1 << 20) continue;
      this.#queue.splice(0, at + 2);
      at = -2;
    }
  }

  /** Versions that are dependencies but not roots, by index path. */
  *needed(): Generator<readonly [path: string, versions: readonly string[]]> {
    for (const { crate, marks } of this.#reached.values()) {
      const versions = Array.from(crate.versions).filter((_, place) => marks[place] === NEEDED);
      if (versions.length > 0) yield [crate.path, versions.map((one) => this.#graph.versions.textOf(one))];
    }
  }

  /** The version whose dependency led to this one; undefined for roots and unreached versions. */
  because(path: string, version: string): Because | undefined {
    const reached = this.#reached.get(this.#graph.paths.numberOf(path));
    const place = reached?.crate.versions.indexOf(this.#graph.versions.numberOf(version)) ?? -1;
    if (reached?.origins === undefined || place === -1 || reached.marks[place] !== NEEDED) return undefined;
    const [crate = 0, from = 0, requirement = 0] = reached.origins.subarray(place * ORIGIN);
    return {
      path: this.#graph.paths.textOf(crate),
      version: this.#graph.versions.textOf(this.#graph.crate(crate)?.versions[from] ?? 0),
      requirement: this.#graph.requirements.textOf(requirement),
    };
  }

  #reach(number: number): Reached | undefined {
    const known = this.#reached.get(number);
    if (known !== undefined) return known;
    const crate = this.#graph.crate(number);
    if (crate === undefined) return undefined;
    const { length } = crate.versions;
    const origins = this.#isExplained ? new Uint32Array(length * ORIGIN) : undefined;
    const reached = { crate, marks: new Uint8Array(length), origins };
    this.#reached.set(number, reached);
    return reached;
  }

  /** @returns whether the version was not marked before */
  #mark(number: number, { marks }: Reached, place: number, mark: number): boolean {
    if (marks[place] !== 0) return false;
    marks[place] = mark;
    this.#queue.push(number, place);
    return true;
  }

  #follow(number: number, place: number): void {
    const reached = this.#reached.get(number);
    if (reached === undefined) return;
    const { path, versions, starts, edges, foreign } = reached.crate;
    for (let at = starts[place] ?? 0; at < (starts[place + 1] ?? 0); at += 2)
      this.#apply(edges[at] as number, edges[at + 1] as number, number, place);
    for (const { name, registry, version } of foreign)
      if (version === place)
        this.leftOut.push({
          path,
          version: this.#graph.versions.textOf(versions[place] as number),
          name,
          registry,
        });
  }

  #apply(number: number, requirement: number, fromCrate: number, fromPlace: number): void {
    const pair = number * MAX_REQUIREMENTS + requirement;
    if (this.#applied.has(pair)) return;
    this.#applied.add(pair);
    const reached = this.#reach(number);
    if (reached === undefined) return;
    for (const place of this.#matching(reached.crate, requirement))
      if (this.#mark(number, reached, place, NEEDED))
        reached.origins?.set([fromCrate, fromPlace, requirement], place * ORIGIN);
  }

  /** Places of the versions to which a requirement is resolved. */
  #matching({ versions, usable }: Crate, requirement: number): readonly number[] {
    const wanted = this.#graph.requirements.valueOf(requirement);
    if (wanted === undefined) return [];
    const all: number[] = [];
    for (let place = 0; place < versions.length; place++)
      if (usable[place] === 1 && meets(this.#graph.versions.valueOf(versions[place] as number), wanted))
        all.push(place);
    return this.#versions === 'all' ? all : this.#newest(versions, all);
  }

  /** The newest version of each range of compatible versions. */
  #newest(versions: Uint32Array, places: readonly number[]): readonly number[] {
    const newest = new Map<string, number>();
    const versionAt = (place: number) => this.#graph.versions.valueOf(versions[place] as number);
    for (const place of places) {
      const range = compatibleRange(versionAt(place));
      const before = newest.get(range);
      if (before === undefined || compareVersions(versionAt(place), versionAt(before)) > 0)
        newest.set(range, place);
    }
    return [...newest.values()];
  }
}
