import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { indexShard } from '@crates-mirror/crates-index';
import { linesWith, readLines } from '@crates-mirror/lines';
import { ShardLedger } from '@crates-mirror/manifest';
import type { Member } from '../format/member.ts';

/** Bytes. A path has at most 4000. */
const MAX_LINE = 8192;

const FLUSH_EVERY = 10_000;

/** The bundle that holds a crate file. */
export interface HeldMember {
  /** `bundle-0007` */
  readonly bundle: string;
  /** bytes */
  readonly size: number;
  /** lower-case hex */
  readonly sha256: string;
}

/**
 * Maps each crate file to its bundle: path → bundle, size and SHA-256 (`path TAB bundle TAB size
 * TAB sha256`), read one shard at a time. It repeats the bundles' manifests and is rebuilt from
 * them if lost.
 */
export class MemberLedger {
  readonly #ledger: ShardLedger;
  readonly #held: Set<string>;

  /** @param held the bundles that exist and are intact; members of others do not count as held */
  constructor(directory: string, held: Iterable<string>) {
    this.#ledger = new ShardLedger(directory, { isShared: true });
    this.#held = new Set(held);
  }

  find(shard: string, path: string): HeldMember | undefined {
    const [bundle, size, sha256] = this.#ledger.get(shard, path)?.split('\t') ?? [];
    if (bundle === undefined || sha256 === undefined || !this.#held.has(bundle)) return undefined;
    return { bundle, size: Number(size), sha256 };
  }

  /** The members of a shard whose bundles are held. */
  *members(shard: string): Generator<readonly [string, HeldMember]> {
    for (const [path] of this.#ledger.entries(shard)) {
      const member = this.find(shard, path);
      if (member !== undefined) yield [path, member];
    }
  }

  shards(): readonly string[] {
    return this.#ledger.shards();
  }

  /** The size in bytes of the member with this path and SHA-256, even if it is no longer held. */
  sizeOf(shard: string, path: string, sha256: string): number | undefined {
    const [, size, known] = this.#ledger.get(shard, path)?.split('\t') ?? [];
    return known === sha256 && Number.isSafeInteger(Number(size)) ? Number(size) : undefined;
  }

  /** Records a member that is on disk. The ledger itself is written by the next {@link flush}. */
  remember(shard: string, path: string, member: HeldMember): void {
    this.#held.add(member.bundle);
    this.#ledger.set(shard, path, encode(member));
  }

  /** Records members of a bundle that are on disk. Writes in batches, as there may be millions. */
  rememberAll(bundle: string, members: Iterable<Member>): void {
    let count = 0;
    for (const { name, path, size, sha256 } of members) {
      this.remember(indexShard(name), path, { bundle, size, sha256 });
      count += 1;
      if (count % FLUSH_EVERY === 0) this.flush();
    }
    this.flush();
  }

  /** Takes over a member that another ledger of the same directory has recorded and flushed. */
  learn(shard: string, path: string, member: HeldMember): void {
    this.#held.add(member.bundle);
    this.#ledger.learn(shard, path, encode(member));
  }

  flush(): void {
    this.#ledger.flush();
  }
}

function encode({ bundle, size, sha256 }: HeldMember): string {
  return `${bundle}\t${size}\t${sha256}`;
}

/**
 * All members of the given bundles, read from the ledger's files. A member recorded twice is
 * returned twice.
 */
export function* heldMembers(
  directory: string,
  held: Iterable<string>,
): Generator<{ path: string; size: number }> {
  const bundles = new Set(held);
  if (bundles.size === 0 || !existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for (const { text, isTooLong } of readLines(join(directory, entry.name), MAX_LINE)) {
      const [path = '', bundle = '', size] = isTooLong ? [] : text.split('\t');
      if (bundles.has(bundle) && Number.isSafeInteger(Number(size))) yield { path, size: Number(size) };
    }
  }
}

/** The members of one bundle, read from the ledger's files without parsing those of others. */
export function* membersKnownOf(
  directory: string,
  bundle: string,
): Generator<{ path: string; size: number }> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    for (const { text } of linesWith(join(directory, entry.name), `\t${bundle}\t`, MAX_LINE)) {
      const [path = '', , size] = text.split('\t');
      if (Number.isSafeInteger(Number(size))) yield { path, size: Number(size) };
    }
  }
}
