import { AtomicFile } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { readLines } from '@crates-mirror/lines';
import {
  compareSidecars,
  lookAtSidecar,
  readSidecar,
  type SidecarTimes,
  sidecarPaths,
} from './sidecar-files.ts';

/** A file younger than this may change again and keep its mtime. ms */
const UNSETTLED_MS = 2000;
/** bytes; a path, three values */
const MAX_LINE = 8192;
const FLUSH_AT = 1 << 16;

/** A sidecar that differs from the recorded state. */
export interface ChangedSidecar {
  readonly path: string;
  /** undefined if it is gone */
  readonly content: Buffer | undefined;
}

/** The recorded state of a sidecar: `path TAB size TAB mtime TAB SHA-256`. */
interface SidecarState extends SidecarTimes {
  readonly path: string;
  readonly sha256: string;
}

/**
 * The sidecars in a directory that differ from a recorded state. A file whose size and mtime have
 * not changed is not read.
 *
 * @param before file with the recorded state; undefined to return all sidecars
 * @param after file for the present state, complete once the last change was taken
 * @throws UsageError if a sidecar cannot be read
 */
export function* sidecarChanges(
  root: string,
  before: string | undefined,
  after: string,
): Generator<ChangedSidecar> {
  const startedAt = Date.now();
  const writer = new StateFile(after);
  const states = before === undefined ? [][Symbol.iterator]() : readStates(before);
  try {
    let old = states.next();
    for (const path of sidecarPaths(root)) {
      for (; old.done !== true && compareSidecars(old.value.path, path) < 0; old = states.next())
        yield { path: old.value.path, content: undefined };
      const known = old.done !== true && old.value.path === path ? old.value : undefined;
      if (known !== undefined) old = states.next();
      const { state, content } = look(root, path, known, startedAt);
      writer.add(state);
      if (content !== undefined) yield { path, content };
    }
    for (; old.done !== true; old = states.next()) yield { path: old.value.path, content: undefined };
    writer.finish();
  } finally {
    writer.discard();
  }
}

/** Number of sidecars in a recorded state. */
export function countSidecars(file: string): number {
  let count = 0;
  for (const _ of readStates(file)) count += 1;
  return count;
}

/** @returns the state, with the content if that has changed */
function look(
  root: string,
  path: string,
  known: SidecarState | undefined,
  startedAt: number,
): { readonly state: SidecarState; readonly content: Buffer | undefined } {
  const now = lookAtSidecar(root, path);
  if (known !== undefined && now.size === known.size && now.mtimeMs === known.mtimeMs)
    return { state: known, content: undefined };
  const { content, size, mtimeMs: time } = readSidecar(root, path);
  const sha256 = sha256Hex(content);
  const mtimeMs = time > startedAt - UNSETTLED_MS ? 0 : time;
  return { state: { path, size, mtimeMs, sha256 }, content: sha256 === known?.sha256 ? undefined : content };
}

/** Stops at a malformed line: the sidecars after it count as new. */
function* readStates(file: string): Generator<SidecarState> {
  for (const { text, isTooLong } of readLines(file, MAX_LINE)) {
    const [path = '', size, mtimeMs, sha256 = ''] = text.split('\t');
    if (isTooLong || sha256.length !== 64) return;
    yield { path, size: Number(size), mtimeMs: Number(mtimeMs), sha256 };
  }
}

class StateFile {
  readonly #path: string;
  readonly #file: AtomicFile;
  #text = '';

  constructor(path: string) {
    this.#path = path;
    this.#file = new AtomicFile({ temporaryPath: `${path}.partial` });
  }

  add({ path, size, mtimeMs, sha256 }: SidecarState): void {
    this.#text += `${path}\t${size}\t${mtimeMs}\t${sha256}\n`;
    if (this.#text.length > FLUSH_AT) this.#flush();
  }

  finish(): void {
    this.#flush();
    this.#file.sync();
    this.#file.commit(this.#path);
  }

  discard(): void {
    this.#file.discard();
  }

  #flush(): void {
    this.#file.write(Buffer.from(this.#text));
    this.#text = '';
  }
}
