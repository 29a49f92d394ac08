import type { CrateLines } from '@crates-mirror/crates-index/files';
import { parseRequirement, parseVersion, type Requirement, type Version } from '@crates-mirror/semver';
import type { SelectionRules } from '../model/rules.ts';
import { dependenciesOf, type ForeignDependency } from './dependencies.ts';
import { Interned } from './interned.ts';

/**
 * A crate of the graph. Its versions are identified by their place in the index file. It consists
 * of numbers, because there are millions of versions.
 */
export interface Crate {
  readonly path: string;
  /** Interned number of each version. */
  readonly versions: Uint32Array;
  /** 1 for each version to which a requirement may be resolved. */
  readonly usable: Uint8Array;
  /** Start of each version's edges, followed by the end of the last. */
  readonly starts: Uint32Array;
  /** For each edge, the numbers of a crate's path and of a requirement. */
  readonly edges: Uint32Array;
  readonly foreign: readonly (ForeignDependency & { readonly version: number })[];
}

export interface CrateGraphParts {
  readonly rules: Pick<SelectionRules, 'optionalDeps' | 'buildDeps'>;
  /** undefined if the index has no such crate or it cannot be read now */
  readonly read: (path: string) => CrateLines | undefined;
  /** For each entry of a crate, whether a requirement may be resolved to it. */
  readonly isUsable: (crate: CrateLines) => readonly boolean[];
}

/** Crates with their dependencies, read on first use. */
export class CrateGraph {
  readonly paths = new Interned<undefined>(() => undefined);
  readonly versions = new Interned<Version>(parseVersion);
  /** undefined for a requirement that cargo rejects */
  readonly requirements = new Interned<Requirement | undefined>(parseRequirement);
  readonly #parts: CrateGraphParts;
  readonly #crates: (Crate | 'none' | undefined)[] = [];

  constructor(parts: CrateGraphParts) {
    this.#parts = parts;
  }

  /** @param number of the crate's path. @returns undefined if the index has no such crate */
  crate(number: number): Crate | undefined {
    const known = this.#crates[number];
    if (known !== undefined) return known === 'none' ? undefined : known;
    const lines = this.#parts.read(this.paths.textOf(number));
    const crate = lines && this.#crateOf(lines);
    this.#crates[number] = crate ?? 'none';
    return crate;
  }

  #crateOf(lines: CrateLines): Crate {
    const { path, content, entries } = lines;
    const isUsable = this.#parts.isUsable(lines);
    const starts = new Uint32Array(entries.length + 1);
    const edges: number[] = [];
    const foreign: (ForeignDependency & { version: number })[] = [];
    for (const [i, { start, end }] of entries.entries()) {
      const found = dependenciesOf(content.toString('utf8', start, end), this.#parts.rules);
      for (const { path, requirement } of found.own)
        edges.push(this.paths.numberOf(path), this.requirements.numberOf(requirement));
      for (const dependency of found.foreign) foreign.push({ ...dependency, version: i });
      starts[i + 1] = edges.length;
    }
    return {
      path,
      versions: Uint32Array.from(entries, ({ version }) => this.versions.numberOf(version)),
      usable: Uint8Array.from(isUsable, Number),
      starts,
      edges: Uint32Array.from(edges),
      foreign,
    };
  }
}
