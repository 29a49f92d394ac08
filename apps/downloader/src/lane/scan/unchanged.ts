import { type Stats, statSync } from 'node:fs';
import type { IndexFileState, IndexSource } from '@crates-mirror/crates-index';
import {
  type ChunkPlace,
  type ChunkReader,
  type CrateTemplates,
  type EncodedSection,
  encodeSection,
  type NewChunk,
  newChunk,
  type Section,
  type UnchangedCrate,
} from '@crates-mirror/manifest/unchanged';
import type { Batcher } from '../report/batcher.ts';
import type { Outcome, Target } from '../target.ts';

/**
 * In ms. File system clocks have a coarse resolution, so a file that changes within this time may
 * keep its timestamps. Ages are measured by the reader's clock; index files with timestamps in its
 * future are read in every run.
 */
const TOO_RECENT_MS = 2000;
/** Number of files to check between two yields to other work. */
const LOOKS_A_TURN = 50;
/** Number of most recently completed index files to remember. */
const MAX_REMEMBERED = 3;

/** What the next run may know about a piece of work: a chunk of the previous run, or a new one. */
export type PieceUnchanged = { readonly kept: ChunkPlace } | { readonly added: NewChunk };

export interface UnchangedDeps {
  readonly index: Pick<IndexSource, 'stateOf'>;
  /** Maps the path of a crate file below the mirror's root to its location. */
  readonly fileOf: (path: string) => string;
  readonly chunks: ChunkReader;
  readonly templatesOf: (name: string) => CrateTemplates;
  readonly batcher: Batcher;
  readonly onPiece: (piece: PieceUnchanged) => void;
}

interface Known {
  readonly section: Section;
  readonly chunk: ChunkPlace;
}

/** An index file being read, and what was found of its crate files. */
interface Reading {
  readonly file: string;
  /** In ms since the epoch. */
  readonly startedAt: number;
  /** The state before it was read; undefined until then. */
  state: IndexFileState | undefined;
  /** Name of the first crate found in place. */
  name: string | undefined;
  readonly crates: UnchangedCrate[];
}

/**
 * A lane's shortcut for unchanged files. If an index file is in the state of the last run and its
 * crate files all have the recorded sizes and mtimes, it is completed without being read. The index
 * files that are read are recorded for the next run.
 */
export class Unchanged {
  readonly #deps: UnchangedDeps;
  readonly #known = new Map<string, Known>();
  /**
   * Chunks that the sections of this piece of work come from; undefined stands for an index file
   * that was read.
   */
  #sources = new Set<ChunkPlace | undefined>();
  #sections: EncodedSection[] = [];
  #reading: Reading | undefined;
  readonly #lastCompleted: string[] = [];

  constructor(deps: UnchangedDeps) {
    this.#deps = deps;
  }

  /** Begins a piece of work. @param chunks the chunks that may contain its index files */
  begin(chunks: readonly ChunkPlace[]): void {
    this.#known.clear();
    this.#sources = new Set();
    this.#sections = [];
    for (const known of this.#deps.chunks.read(chunks)) this.#known.set(known.section.file, known);
  }

  /** @returns whether the index file and all its crate files are unchanged, and thus completed */
  *complete(file: string): Generator<undefined, boolean> {
    const known = this.#known.get(file);
    if (known === undefined || !(yield* this.#isUnchanged(known.section))) return false;
    this.#deps.batcher.completeUnchanged(known.section);
    this.#sections.push(known.section);
    this.#sources.add(known.chunk);
    this.#lastCompleted.push(file);
    if (this.#lastCompleted.length > MAX_REMEMBERED) this.#lastCompleted.shift();
    return true;
  }

  /** Some index files whose crate files are all in place. */
  get lastCompleted(): readonly string[] {
    return this.#lastCompleted;
  }

  /**
   * Called before an index file is read.
   *
   * @returns a callback for the state from before the read, so that a change during the read is
   *   detected the next time
   */
  startReading(file: string): (state: IndexFileState) => void {
    const reading: Reading = {
      file,
      startedAt: Date.now(),
      state: undefined,
      name: undefined,
      crates: [],
    };
    this.#reading = reading;
    return (state) => {
      reading.state = state;
    };
  }

  /** Records what was found in place for one of its targets. */
  note({ name, version }: Target, found: Outcome): void {
    const reading = this.#reading;
    if (reading === undefined || !('mtimeMs' in found) || found.mtimeMs === undefined) return;
    const { size, mtimeMs, sha256 } = found;
    // An index file may have a crate under two names that differ in case.
    reading.name ??= name;
    if (reading.name === name) reading.crates.push({ version, size, mtimeMs, sha256 });
  }

  /**
   * Called when the whole file was read.
   *
   * @param targets number of its targets; undefined if the file has problems
   */
  endReading(targets: number | undefined): void {
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading?.name === undefined || reading.state === undefined) return;
    const { file, startedAt, state, name, crates } = reading;
    if (crates.length !== targets) return;
    if (state.changedAtMs > startedAt - TOO_RECENT_MS) return;
    const section = encodeSection(file, state, this.#deps.templatesOf(name), crates);
    if (section === undefined) return;
    this.#sections.push(section);
    this.#sources.add(undefined);
  }

  /** Ends the piece of work. */
  end(): void {
    const sections = this.#sections;
    if (sections.length === 0) return;
    const [chunk] = this.#sources;
    const isWhole = this.#sources.size === 1 && chunk?.count === sections.length;
    this.#deps.onPiece(isWhole ? { kept: chunk } : { added: newChunk(sections) });
    this.#sections = [];
  }

  *#isUnchanged(section: Section): Generator<undefined, boolean> {
    const { index: source, fileOf } = this.#deps;
    const indexFile = source.stateOf(section.file);
    if (indexFile === undefined || !section.isOf(indexFile)) return false;
    for (const [index, path] of section.paths().entries()) {
      const crate = fileStats(fileOf(path));
      if (crate === undefined || !section.isAt(index, crate)) return false;
      if ((index + 1) % LOOKS_A_TURN === 0) yield undefined;
    }
    return true;
  }
}

/**
 * @returns undefined if the path is not a file or cannot be queried; reading the index file reports
 *   why
 */
function fileStats(path: string): Stats | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats : undefined;
  } catch {
    return undefined;
  }
}
