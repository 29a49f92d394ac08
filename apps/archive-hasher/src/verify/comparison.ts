import type { Logger } from '@crates-mirror/logging';
import { type BytePath, shownPath } from '../byte-path.ts';
import type { InventoryHead, MetadataFile } from '../inventory/head.ts';
import type { Expected, ExpectedFile } from '../inventory/parse-entry.ts';
import { reasonOf } from '../tree/reason.ts';
import { digestOf } from '../tree/source.ts';
import type { Tree } from '../tree/tree.ts';
import { type Completed, TreeHasher, type TreeHasherOptions } from '../tree/tree-hasher.ts';
import type { Walked, WalkedFile } from '../tree/walk.ts';
import type { Findings } from './findings.ts';
import { searched } from './searched.ts';
import type { SkippedPaths } from './skipped-paths.ts';

/** Of a file whose checksum was not known when the inventory was made. */
export const NO_CHECKSUM = 'the inventory has no checksum of it';

/** Counters for what was compared. */
export interface Compared {
  files: number;
  bytes: number;
  /** Paths that were skipped when the inventory was made, and still cannot be included. */
  skipped: number;
  /** The compared files whose digests the inventory marks as possibly wrong. */
  doubtful: number;
}

export interface ComparisonDeps {
  readonly head: InventoryHead;
  readonly skipped: SkippedPaths;
  readonly findings: Findings;
  readonly logger: Logger;
  readonly compared: Compared;
  readonly hashing: Pick<TreeHasherOptions, 'workers' | 'algorithms' | 'signal'>;
  readonly onAdvance: () => void;
}

/**
 * Compares a directory with its inventory. It walks both in the same order, so that neither is held
 * in memory, and never opens a path from the inventory.
 */
export class Comparison {
  readonly #tree: Tree;
  readonly #deps: ComparisonDeps;
  readonly #hasher: TreeHasher;
  /** The last entry that could not be read. The inventory's entries below it follow. */
  #closed: BytePath | undefined;
  /** Files that are being hashed by the threads. */
  readonly #underWay = new Map<BytePath, ExpectedFile | undefined>();

  constructor(tree: Tree, deps: ComparisonDeps) {
    this.#tree = tree;
    this.#deps = deps;
    this.#hasher = new TreeHasher({
      ...deps.hashing,
      onCompleted: (entries) => this.#completed(entries),
      onBlock: async () => {},
    });
  }

  /** @throws AbortError; CodedError if the inventory is damaged */
  async run(entries: Iterator<Expected>): Promise<void> {
    try {
      const walk = this.#tree.walk((path) => this.#isLeftOut(path));
      for await (const pair of searched(walk, entries, (path) => this.#tree.find(path))) {
        this.#deps.hashing.signal.throwIfAborted();
        if (pair.walked !== undefined) await this.#compare(pair.walked, pair.expected);
        else await this.#notMet(pair.expected, pair.found);
      }
      this.#compareDigests(await this.#hasher.finish());
    } finally {
      this.#tree.close();
      await this.#hasher.close();
    }
  }

  /** If its directory cannot be read, an unseen path may still exist. */
  async #notMet(expected: Expected, found: WalkedFile | undefined): Promise<void> {
    const { path } = expected;
    if (found !== undefined) await this.#compareFile(found, expected);
    else if (this.#closed !== undefined && path.startsWith(`${this.#closed}/`))
      this.#deps.findings.add('unreadable', path, 'its directory cannot be read');
    else this.#deps.findings.add('missing', path);
  }

  /** Always compares the metadata of an unpacked archive, even if a rule excludes it. */
  #isLeftOut(path: BytePath): boolean {
    const { exclusions, metadata } = this.#deps.head;
    return path !== metadata?.path && exclusions.leavesOut(path);
  }

  async #compare(walked: Walked, expected: Expected | undefined): Promise<void> {
    const { findings, skipped, compared } = this.#deps;
    const { path } = walked;
    if (walked.kind === 'file') {
      await this.#compareFile(walked, expected);
    } else if (walked.kind === 'skipped') {
      this.#closed = path;
      const isAsBefore = expected === undefined && skipped.advanceTo(path);
      if (!isAsBefore) findings.add('unreadable', path, walked.reason);
      // An unreadable directory may contain a whole tree that has never been seen.
      else if (walked.isUnreadable) findings.add('unreadable', path, `${walked.reason}, and was skipped`);
      else compared.skipped += 1;
    } else if (expected === undefined) {
      // Inventories do not list directories.
      if (walked.kind === 'symlink') findings.add('extra', path);
    } else if (walked.kind === 'directory' || expected.kind === 'file') {
      findings.add('changed', path, `is a ${walked.kind}, was a ${expected.kind}`);
    } else if (walked.target !== expected.target) {
      findings.add(
        'changed',
        path,
        `leads to ${shownPath(walked.target)}, led to ${shownPath(expected.target)}`,
      );
    }
  }

  async #compareFile(file: WalkedFile, expected: Expected | undefined): Promise<void> {
    const { findings, head, hashing, skipped, compared } = this.#deps;
    const { path } = file;
    const size = Number(file.stats.size);
    if (expected === undefined && path === head.metadata?.path) {
      await this.#compareMetadata(file, head.metadata);
      return;
    }
    if (expected === undefined && skipped.advanceTo(path) && !file.isReadable()) {
      compared.skipped += 1;
      return;
    }
    if (expected === undefined) findings.add('extra', path, skipped.advanceTo(path) ? 'was skipped' : '');
    else if (expected.kind === 'symlink') findings.add('changed', path, 'is a file, was a symlink');
    const sameSize = expected?.kind === 'file' && expected.size === size ? expected : undefined;
    if (expected?.kind === 'file' && sameSize === undefined)
      findings.add('changed', path, `has ${size} bytes, had ${expected.size}`);
    if (sameSize !== undefined || hashing.algorithms.length > 0) await this.#hash(file, sameSize);
  }

  async #hash({ path, stats, open }: WalkedFile, expected: ExpectedFile | undefined): Promise<void> {
    const { findings } = this.#deps;
    try {
      const source = open();
      this.#underWay.set(path, expected);
      const file = { path, size: Number(stats.size), mtimeNs: stats.mtimeNs };
      await this.#hasher.addFile(file, source, () => {});
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error;
      findings.add('unreadable', path, reasonOf(error));
    }
  }

  #completed(entries: readonly Completed[]): void {
    const { findings, logger, compared, onAdvance } = this.#deps;
    const isLogged = logger.isLevelEnabled('debug');
    for (const entry of entries) {
      if (entry.kind !== 'file') continue;
      const expected = this.#underWay.get(entry.path);
      this.#underWay.delete(entry.path);
      compared.files += 1;
      compared.bytes += entry.size;
      if (expected?.isDoubtful === true) compared.doubtful += 1;
      if (isLogged) logger.debug({ path: shownPath(entry.path), sha256: entry.sha256 }, 'hashed');
      if (entry.problem !== undefined) findings.add('unreadable', entry.path, entry.problem);
      else if (expected !== undefined) this.#compareContent(entry.path, entry, expected);
    }
    onAdvance();
  }

  #compareContent(path: BytePath, found: { sha256: string; blake3: string }, expected: ExpectedFile): void {
    const { findings } = this.#deps;
    const known = (['sha256', 'blake3'] as const).filter((name) => expected[name] !== undefined);
    const differing = known.filter((name) => found[name] !== expected[name]);
    if (known.length === 0) findings.add('unreadable', path, NO_CHECKSUM);
    // If the content differs, both digests differ. If only one does, the inventory was modified.
    else if (differing.length === known.length) findings.add('changed', path, 'has other content');
    else if (differing.length > 0)
      findings.add('changed', path, `has another ${differing[0]}, and all else as it was`);
  }

  /** Compares the metadata of an unpacked archive, which is not part of the hashed directory. */
  async #compareMetadata({ path, stats, open }: WalkedFile, metadata: MetadataFile): Promise<void> {
    const { findings } = this.#deps;
    if (Number(stats.size) !== metadata.size) {
      findings.add('changed', path, 'has other content');
      return;
    }
    try {
      const { sha256, problem } = await digestOf(open(), metadata.size);
      if (problem !== undefined) findings.add('unreadable', path, problem);
      else if (sha256 !== metadata.sha256) findings.add('changed', path, 'has other content');
    } catch (error) {
      findings.add('unreadable', path, reasonOf(error));
    }
  }

  #compareDigests(digests: ReadonlyMap<string, string>): void {
    const { findings, head } = this.#deps;
    for (const [name, digest] of digests) {
      const expected = head.digests.get(name);
      if (expected === undefined) findings.add('unreadable', undefined, `the inventory has no ${name}`);
      else if (expected !== digest)
        findings.add('changed', undefined, `${name} is ${digest}, was ${expected}`);
    }
  }
}
