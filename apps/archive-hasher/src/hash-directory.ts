import type { AlgorithmName } from '@crates-mirror/hashing';
import type { Logger } from '@crates-mirror/logging';
import { type BytePath, shownPath } from './byte-path.ts';
import type { Exclusions } from './exclude/exclusions.ts';
import { endIfFailFast } from './fail-fast.ts';
import type { InventoryWriter } from './inventory/inventory-writer.ts';
import { wholeSeconds } from './mtime.ts';
import type { HasherOptions } from './options.ts';
import { type Archive, normalMode } from './outputs/archive.ts';
import type { Report } from './report.ts';
import { reasonOf } from './tree/reason.ts';
import type { Source } from './tree/source.ts';
import type { Tree } from './tree/tree.ts';
import { type Completed, TreeHasher } from './tree/tree-hasher.ts';
import type { WalkedFile } from './tree/walk.ts';

export interface HashingDeps {
  readonly exclusions: Exclusions;
  readonly inventory: InventoryWriter;
  readonly archive: Archive | undefined;
  readonly report: Report;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** Called after each progress. */
  readonly onAdvance: () => void;
}

export interface Hashed {
  /** Digests of the whole directory, lower-case hex. */
  readonly digests: ReadonlyMap<AlgorithmName, string>;
  /** The newest mtime of all members, whole seconds since 1970. */
  readonly newest: number;
}

/** One pass over a tree. Every byte is read once, for both the digests and the archive. */
export class DirectoryHashing {
  readonly #tree: Tree;
  readonly #options: HasherOptions;
  readonly #deps: HashingDeps;
  readonly #hasher: TreeHasher;
  #newest = 0;

  constructor(tree: Tree, options: HasherOptions, deps: HashingDeps) {
    this.#tree = tree;
    this.#options = options;
    this.#deps = deps;
    this.#hasher = new TreeHasher({
      workers: options.hashWorkers,
      algorithms: options.algorithms,
      signal: deps.signal,
      onCompleted: (entries) => this.#completed(entries),
      onBlock: async () => deps.archive?.drain(),
    });
  }

  /**
   * @throws AbortError; FatalError at the first problem if fail-fast is set; the system's error
   * from an output
   */
  async run(): Promise<Hashed> {
    const { archive, exclusions, signal, report } = this.#deps;
    try {
      for await (const walked of this.#tree.walk((path) => exclusions.leavesOut(path))) {
        signal.throwIfAborted();
        if (walked.kind === 'file') await this.#addFile(walked);
        else if (walked.kind === 'skipped') this.#skip(walked.path, walked.reason);
        else if (walked.kind === 'symlink') {
          archive?.symlink(walked.path, walked.target, this.#mtimeOf(walked.stats.mtimeNs));
          await this.#hasher.addLink({ ...walked, mtimeNs: walked.stats.mtimeNs });
        } else if (!exclusions.emptiesDirectory(walked.path)) {
          archive?.directory(walked.path, this.#mtimeOf(walked.stats.mtimeNs));
          report.directories += 1;
        }
      }
      return { digests: await this.#hasher.finish(), newest: this.#newest };
    } finally {
      this.#tree.close();
      await this.#hasher.close();
    }
  }

  async #addFile({ path, stats, open }: WalkedFile): Promise<void> {
    const { archive } = this.#deps;
    let source: Source;
    try {
      source = open();
    } catch (error) {
      this.#skip(path, reasonOf(error));
      return;
    }
    const size = Number(stats.size);
    archive?.beginFile(path, size, normalMode(stats.mode), this.#mtimeOf(stats.mtimeNs));
    const file = { path, size, mtimeNs: stats.mtimeNs };
    const problem = await this.#hasher.addFile(file, source, (piece) => archive?.content(piece));
    archive?.endFile(size);
    if (problem === undefined) return;
    this.#deps.report.doubt(path, problem);
    endIfFailFast(this.#options, path, problem);
  }

  #skip(path: BytePath, reason: string): void {
    this.#deps.report.skip(path, reason);
    this.#deps.inventory.skip(path, reason);
    endIfFailFast(this.#options, path, reason);
  }

  #completed(entries: readonly Completed[]): void {
    const { inventory, report, logger, onAdvance } = this.#deps;
    inventory.add(entries);
    const isLogged = logger.isLevelEnabled('debug');
    for (const entry of entries) {
      if (entry.kind === 'symlink') report.symlinks += 1;
      else {
        report.files += 1;
        report.bytes += entry.size;
        if (isLogged) logger.debug({ path: shownPath(entry.path), sha256: entry.sha256 }, 'hashed');
      }
    }
    onAdvance();
  }

  #mtimeOf(ns: bigint): number {
    const mtime = this.#options.mtime ?? wholeSeconds(ns);
    this.#newest = Math.max(this.#newest, mtime);
    return mtime;
  }
}
