import { createHash } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexPath } from '@crates-mirror/crates-index';

interface Version {
  readonly body: Buffer;
  yanked: boolean;
}

/** A change to a registry; `pick` selects its target. */
export interface Change {
  readonly kind: 'new crate' | 'new version' | 'yank' | 'other checksum' | 'crate removed';
  readonly pick: number;
}

/** Crate names for every directory form of an index. */
const NAMES = ['a', 'xy', 'abc', 'serde', 'serde-json', 'Serde_Yaml', 'tokio', 'rand', 'libc', 'syn'];

/** An index on disk that changes from night to night, with its crate files. */
export class ChangingRegistry {
  readonly index: string;
  readonly #crates = new Map<string, Map<string, Version>>();
  readonly #served = new Map<string, Buffer>();
  #changes = 0;

  constructor(index: string, crates: number) {
    this.index = index;
    mkdirSync(index);
    writeFileSync(join(index, 'config.json'), '{}');
    for (let i = 0; i < crates; i++) this.apply({ kind: 'new crate', pick: i });
  }

  apply({ kind, pick }: Change): void {
    this.#changes += 1;
    const name = [...this.#crates.keys()][pick % this.#crates.size] as string;
    const versions = this.#crates.get(name) as Map<string, Version>;
    if (kind === 'new crate') this.#publish(this.#newName(pick), `0.1.0+build.${pick}`);
    else if (kind === 'new version') this.#publish(name, `1.${this.#changes}.0`);
    else if (kind === 'crate removed') this.#remove(name);
    else {
      const [version, state] = [...versions][pick % versions.size] as [string, Version];
      if (kind === 'yank') state.yanked = !state.yanked;
      else this.#publish(name, version);
      this.#write(name);
    }
  }

  /** An upstream's response. @param path like `/crates/a/a-1.0.0.crate` */
  readonly find = (path: string): Buffer | undefined => this.#served.get(path);

  /** The crate files that a complete mirror must hold, by path in the `cargo` layout. */
  get files(): Map<string, Buffer> {
    const files = new Map<string, Buffer>();
    for (const [name, versions] of this.#crates)
      for (const [version, { body }] of versions) files.set(pathOf(name, version), body);
    return files;
  }

  #newName(pick: number): string {
    const stem = NAMES[pick % NAMES.length] as string;
    return this.#crates.has(stem) ? `${stem}${this.#changes}` : stem;
  }

  #publish(name: string, version: string): void {
    const body = Buffer.alloc(1 + ((this.#changes * 9770) % 90_000), `${name} ${version} ${this.#changes} `);
    const versions = this.#crates.get(name) ?? new Map<string, Version>();
    this.#crates.set(name, versions.set(version, { body, yanked: false }));
    this.#served.set(`/crates/${name}/${name}-${version}.crate`, body);
    this.#write(name);
  }

  #remove(name: string): void {
    // A registry needs at least one crate.
    if (this.#crates.size === 1) return;
    this.#crates.delete(name);
    rmSync(join(this.index, indexPath(name)));
  }

  #write(name: string): void {
    const lines = [...(this.#crates.get(name) as Map<string, Version>)].map(([vers, { body, yanked }]) => {
      const cksum = createHash('sha256').update(body).digest('hex');
      return `${JSON.stringify({ name, vers, deps: [], cksum, features: {}, yanked })}\n`;
    });
    const path = join(this.index, indexPath(name));
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, lines.join(''));
  }
}

function pathOf(name: string, version: string): string {
  return `${dirname(indexPath(name).toLowerCase())}/${name}-${version}.crate`;
}
