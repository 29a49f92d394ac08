import { existsSync } from 'node:fs';
import type { IndexSource } from '@crates-mirror/crates-index';
import { errorCode, errorMessage, UsageError } from '@crates-mirror/errors';
import { AtomicFile } from '@crates-mirror/fs-atomic';
import { createSha256 } from '@crates-mirror/hashing/sha256';
import type { IndexState } from '../parcel/manifest.ts';
import { CONFIG_FILE, carriedFiles, compareInWalk } from './carried-files.ts';
import { type EntriesBefore, entriesOfKeys, NO_ENTRIES } from './entries-before.ts';
import type { ChangedFile, IndexBefore, IndexSnapshot } from './index-snapshot.ts';
import { encodeState, type FileState, readStates, stateOfContent } from './state-lines.ts';

const PREFIX = 'files:';
/** A file younger than this may change again and keep its mtime. ms */
const RACY_MS = 2000;
const FLUSH_AT = 1 << 16;

/** An index in a directory. A file whose size and mtime have not changed is not read again. */
export class DirectorySnapshot implements IndexSnapshot {
  readonly stateFile: string;
  readonly source: IndexSource;
  readonly #onNote: (message: string) => void;
  readonly #startedAt = Date.now();
  #state: IndexState = { id: '', files: 0 };

  constructor(source: IndexSource, stateFile: string, onNote: (message: string) => void) {
    this.source = source;
    this.stateFile = stateFile;
    this.#onNote = onNote;
  }

  get state(): IndexState {
    return this.#state;
  }

  async *changes(before: IndexBefore | undefined): AsyncGenerator<ChangedFile> {
    const states = before === undefined ? [][Symbol.iterator]() : statesOf(before);
    const writer = new StateWriter(this.stateFile);
    try {
      let old = states.next();
      for (const path of carriedFiles(this.source, this.#onNote)) {
        for (; old.done !== true && compareInWalk(old.value.path, path) < 0; old = states.next())
          yield removed(old.value);
        const known = old.done !== true && old.value.path === path ? old.value : undefined;
        if (known !== undefined) old = states.next();
        const looked = this.#look(path, known);
        if (looked === undefined && known !== undefined) yield removed(known);
        if (looked === undefined) continue;
        writer.add(looked.state);
        if (looked.content !== undefined) yield changed(looked.state, looked.content, known);
      }
      for (; old.done !== true; old = states.next()) yield removed(old.value);
      if (!this.source.isStillThere())
        throw new UsageError('--index-dir: the index has gone while it was read', {
          hint: 'Run again: nothing was packed',
        });
      this.#state = writer.finish();
    } finally {
      writer.discard();
    }
  }

  *paths(): Generator<string> {
    for (const path of carriedFiles(this.source, () => {})) if (path !== CONFIG_FILE) yield path;
  }

  read(path: string): Buffer | undefined {
    return this.#read(path)?.content;
  }

  async keep(): Promise<void> {}

  async release(): Promise<void> {}

  /**
   * @returns the file's state, with its content if that has changed; undefined if there is no file
   */
  #look(
    path: string,
    known: FileState | undefined,
  ): { readonly state: FileState; readonly content: Buffer | undefined } | undefined {
    const now = this.source.stateOf(path);
    if (known !== undefined && now?.key[0] === known.size && now.key[1] === known.mtimeMs)
      return { state: known, content: undefined };
    const read = this.#read(path);
    if (read === undefined) return undefined;
    const { content, size, mtimeMs } = read;
    const stableMs = mtimeMs > this.#startedAt - RACY_MS ? 0 : mtimeMs;
    const state = stateOfContent(path, content, size, stableMs);
    return { state, content: state.sha256 === known?.sha256 ? undefined : content };
  }

  #read(path: string): { content: Buffer; size: number; mtimeMs: number } | undefined {
    let size = 0;
    let mtimeMs = 0;
    try {
      const content = this.source.read(path, ({ key }) => {
        [size, mtimeMs] = key;
      });
      return { content, size, mtimeMs };
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return undefined;
      throw new UsageError(`--index-dir: ${path} cannot be read: ${errorMessage(error)}`, {
        hint: 'Put that right: nothing was packed',
      });
    }
  }
}

function changed(state: FileState, content: Buffer, known: FileState | undefined): ChangedFile {
  return { path: state.path, content, before: known === undefined ? NO_ENTRIES : entriesIn(known) };
}

function removed(state: FileState): ChangedFile {
  return { path: state.path, content: undefined, before: entriesIn(state) };
}

function entriesIn({ name, keys }: FileState): EntriesBefore {
  return keys === '' ? NO_ENTRIES : entriesOfKeys(name, keys.split(' '));
}

function* statesOf({ state, stateFile }: IndexBefore): Generator<FileState> {
  const hint =
    'Name the index that the parcel before was packed of, or give --since none to carry everything';
  if (!state.id.startsWith(PREFIX))
    throw new UsageError('the parcel before was packed of an index in git, not in a plain directory', {
      hint,
    });
  if (!existsSync(stateFile)) throw new UsageError(`${stateFile} is missing`, { hint });
  const digest = createSha256();
  for (const one of readStates(stateFile)) {
    if (one === undefined) break;
    digest.update(identityOf(one));
    yield one;
  }
  if (PREFIX + digest.digest('hex') !== state.id) throw new UsageError(`${stateFile} is damaged`, { hint });
}

/**
 * The part of an index file's state that identifies the index: path and content, but not the time.
 */
function identityOf({ path, sha256 }: FileState): string {
  return `${sha256}  ${path}\n`;
}

class StateWriter {
  readonly #path: string;
  readonly #file: AtomicFile;
  readonly #digest = createSha256();
  #text = '';
  #files = 0;

  constructor(path: string) {
    this.#path = path;
    this.#file = new AtomicFile({ temporaryPath: `${path}.partial` });
  }

  add(state: FileState): void {
    this.#digest.update(identityOf(state));
    this.#text += encodeState(state);
    this.#files += 1;
    if (this.#text.length > FLUSH_AT) this.#flush();
  }

  finish(): IndexState {
    this.#flush();
    this.#file.sync();
    this.#file.commit(this.#path);
    return { id: PREFIX + this.#digest.digest('hex'), files: this.#files };
  }

  discard(): void {
    this.#file.discard();
  }

  #flush(): void {
    this.#file.write(Buffer.from(this.#text));
    this.#text = '';
  }
}
