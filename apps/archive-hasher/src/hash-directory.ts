import { FatalError } from '@crates-mirror/errors';
import type { AlgorithmName } from '@crates-mirror/hashing';
import type { Logger } from '@crates-mirror/logging';
import { type BytePath, shownPath } from './byte-path.ts';
import type { Exclusions } from './exclude/exclusions.ts';
import type { InventoryWriter } from './inventory/inventory-writer.ts';
import { wholeSeconds } from './mtime.ts';
import type { HasherOptions } from './options.ts';
import { type Archive, normalMode } from './outputs/archive.ts';
import type { Report } from './report.ts';
import { FileSource } from './tree/file-source.ts';
import { reasonOf } from './tree/reason.ts';
import { type Completed, TreeHasher } from './tree/tree-hasher.ts';
import { TreePaths } from './tree/tree-paths.ts';
import { type WalkedFile, walk } from './tree/walk.ts';

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

/** One pass over a directory. Every byte is read once, for both the digests and the archive. */
export class DirectoryHashing {
  readonly #paths: TreePaths;
  readonly #options: HasherOptions;
  readonly #deps: HashingDeps;
  readonly #hasher: TreeHasher;
  #newest = 0;

  constructor(root: BytePath, options: HasherOptions, deps: HashingDeps) {
    this.#paths = new TreePaths(root);
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
      for (const walked of walk(this.#paths, (path) => exclusions.leavesOut(path))) {
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
      this.#paths.close();
      await this.#hasher.close();
    }
  }

  async #addFile({ path, stats }: WalkedFile): Promise<void> {
    const { archive } = this.#deps;
    let source: FileSource;
    try {
      source = new FileSource(this.#paths.of(path), stats);
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
    this.#endIfFailFast(path, problem);
  }

  #skip(path: BytePath, reason: string): void {
    this.#deps.report.skip(path, reason);
    this.#deps.inventory.skip(path, reason);
    this.#endIfFailFast(path, reason);
  }

  #endIfFailFast(path: BytePath, problem: string): void {
    if (this.#options.failFast)
      throw new FatalError('fail_fast', `${shownPath(path)}: ${problem}`, {
        hint: 'Without --fail-fast it is listed in the inventory, and all else is hashed',
      });
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
