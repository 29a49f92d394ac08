import type { WantedFile } from '@crates-mirror/crate-files';
import { indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import type { IndexSnapshot } from '../index/index-snapshot.ts';
import type { PackPolicy, Refused } from './refusals.ts';

/** `waiting`: the policy keeps it out for now, but a receiver that has it may keep it. */
export type Standing = 'wanted' | 'waiting' | 'not wanted';

/**
 * Whether an index still names versions with the same checksums, and the policy admits them. The
 * crate that was asked for last is kept, because lists have the versions of a crate together.
 */
export class StillNamed {
  readonly #snapshot: IndexSnapshot;
  readonly #policy: PackPolicy;
  #name = '';
  #versions: ReadonlyMap<string, Standing> = new Map();

  constructor(snapshot: IndexSnapshot, policy: PackPolicy) {
    this.#snapshot = snapshot;
    this.#policy = policy;
  }

  async standingOf({ name, version, sha256 }: WantedFile): Promise<Standing> {
    if (name !== this.#name) {
      this.#name = name;
      this.#versions = await this.#standings(indexPath(name));
    }
    return this.#versions.get(`${version} ${sha256}`) ?? 'not wanted';
  }

  async #standings(path: string): Promise<ReadonlyMap<string, Standing>> {
    const content = this.#snapshot.read(path);
    if (content === undefined) return new Map();
    const { entries } = parseIndexFile(content, path);
    const refusals = await this.#policy.refusalsOf({ path, content, entries });
    return new Map(
      entries.map((entry) => [`${entry.version} ${entry.cksum}`, standing(refusals.get(entry))]),
    );
  }
}

function standing(refused: Refused | undefined): Standing {
  if (refused === undefined) return 'wanted';
  return refused.mayStay ? 'waiting' : 'not wanted';
}
