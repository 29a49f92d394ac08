import { type IndexSource, parseIndexFile } from '@crates-mirror/crates-index';
import { GitSource } from '@crates-mirror/crates-index/head-tree';
import { CodedError, errorMessage, UsageError } from '@crates-mirror/errors';
import { diffTrees, hasObject, keepCommit, releaseCommit } from '@crates-mirror/git';
import type { IndexState } from '../parcel/manifest.ts';
import { CONFIG_FILE, carriedFiles, isCarriedPath } from './carried-files.ts';
import { type EntriesBefore, entriesOf, NO_ENTRIES } from './entries-before.ts';
import type { ChangedFile, IndexBefore, IndexSnapshot } from './index-snapshot.ts';

const PREFIX = 'tree:';

/**
 * An index in one commit of a git repository. git itself finds the changes, without reading the
 * rest.
 */
export class TreeSnapshot implements IndexSnapshot {
  readonly stateFile: undefined;
  readonly #directory: string;
  readonly source: IndexSource;
  readonly #tree: string;
  readonly #commit: string;
  readonly #onNote: (message: string) => void;
  #files = 0;

  constructor(
    gitDirectory: string,
    head: { readonly source: GitSource; readonly commit: string },
    onNote: (message: string) => void,
  ) {
    this.#directory = gitDirectory;
    this.source = head.source;
    this.#tree = head.source.location.tree ?? '';
    this.#commit = head.commit;
    this.#onNote = onNote;
  }

  get state(): IndexState {
    return { id: PREFIX + this.#tree, files: this.#files };
  }

  async *changes(before: IndexBefore | undefined): AsyncGenerator<ChangedFile> {
    this.#files = before?.state.files ?? 0;
    if (before === undefined) yield* this.#everything();
    else yield* this.#since(await this.#treeOf(before.state));
  }

  *paths(): Generator<string> {
    for (const path of carriedFiles(this.source, () => {})) if (path !== CONFIG_FILE) yield path;
  }

  read(path: string): Buffer | undefined {
    return readFrom(this.source, path);
  }

  async keep(name: string): Promise<void> {
    await keepCommit(refOf(name), this.#commit, { directory: this.#directory }).catch((error: unknown) =>
      this.#onNote(
        `the commit of this parcel could not be kept in ${this.#directory}: ${errorMessage(error)}`,
      ),
    );
  }

  async release(names: readonly string[]): Promise<void> {
    for (const name of names)
      await releaseCommit(refOf(name), { directory: this.#directory }).catch((error: unknown) =>
        this.#onNote(`${refOf(name)} could not be removed from ${this.#directory}: ${errorMessage(error)}`),
      );
  }

  *#everything(): Generator<ChangedFile> {
    for (const path of carriedFiles(this.source, this.#onNote)) {
      const content = this.read(path);
      if (content === undefined) continue;
      this.#files += 1;
      yield { path, content, before: NO_ENTRIES };
    }
  }

  async *#since(tree: string): AsyncGenerator<ChangedFile> {
    const before = new GitSource(this.#directory, tree);
    for await (const change of diffTrees(tree, this.#tree, { directory: this.#directory })) {
      const { path } = change;
      if (!isCarriedPath(path)) continue;
      if (change.before === undefined) this.#files += 1;
      if (change.after === undefined) this.#files -= 1;
      const old = change.before === undefined ? undefined : readFrom(before, path);
      // Parsed first: its bytes are valid until the next file is read.
      const entries = entriesIn(old, path);
      const content = change.after === undefined ? undefined : this.read(path);
      yield { path, content, before: entries };
    }
  }

  async #treeOf({ id }: IndexState): Promise<string> {
    const tree = id.startsWith(PREFIX) ? id.slice(PREFIX.length) : undefined;
    const hint =
      'Name the index that the parcel before was packed of, or give --since none to carry everything';
    if (tree === undefined)
      throw new UsageError('the parcel before was packed of an index in a plain directory, not in git', {
        hint,
      });
    if (await hasObject(tree, { directory: this.#directory })) return tree;
    throw new UsageError(`${this.#directory} has no tree ${tree}, which the parcel before was packed of`, {
      hint,
    });
  }
}

function refOf(name: string): string {
  return `refs/crates-mirror/${name}`;
}

function entriesIn(content: Buffer | undefined, path: string): EntriesBefore {
  if (content === undefined || path === CONFIG_FILE) return NO_ENTRIES;
  return entriesOf(parseIndexFile(content, path).entries);
}

function readFrom(source: IndexSource, path: string): Buffer | undefined {
  try {
    return source.read(path);
  } catch (error) {
    if (error instanceof CodedError && error.code === 'not_found') return undefined;
    throw error;
  }
}
