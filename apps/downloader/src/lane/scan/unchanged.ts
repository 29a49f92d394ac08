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
import type { Settlement, Target } from '../target.ts';

/**
 * Clocks of file systems tick slowly: what changes within so many ms may keep its times. By the clock of who reads; index files
 * from the future of that are read in every run.
 */
const TOO_RECENT_MS = 2000;
/** Files that are looked at between two occasions for others to have a turn. */
const LOOKS_A_TURN = 50;
/** Index files that are remembered once they are settled. */
const MAX_REMEMBERED = 3;

/** What the next run may know of a piece of work: as a chunk of before has it, or a new one. */
export type PieceUnchanged = { readonly kept: ChunkPlace } | { readonly added: NewChunk };

export interface UnchangedParts {
  readonly index: Pick<IndexSource, 'stateOf'>;
  /** Where a crate file is, by its path below the mirror's root. */
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

/** An index file that is read, and what was found of its crate files. */
interface Reading {
  readonly file: string;
  /** ms since the epoch */
  readonly startedAt: number;
  /** Before it was read; undefined until then. */
  state: IndexFileState | undefined;
  /** Of the first crate found in place. */
  name: string | undefined;
  readonly crates: UnchangedCrate[];
}

/**
 * A lane's short cut through what has not changed: an index file in the state of last time, whose crate files
 * all have their sizes and mtimes, is settled without being read. Of those that are read it takes note for the next run.
 */
export class Unchanged {
  readonly #deps: UnchangedParts;
  readonly #known = new Map<string, Known>();
  /** Where the sections of this piece of work come from; undefined is an index file that was read. */
  #sources = new Set<ChunkPlace | undefined>();
  #sections: EncodedSection[] = [];
  #reading: Reading | undefined;
  readonly #lastSettled: string[] = [];

  constructor(parts: UnchangedParts) {
    this.#deps = parts;
  }

  /** Begins a piece of work. @param chunks those that may have its index files */
  begin(chunks: readonly ChunkPlace[]): void {
    this.#known.clear();
    this.#sources = new Set();
    this.#sections = [];
    for (const known of this.#deps.chunks.read(chunks)) this.#known.set(known.section.file, known);
  }

  /** @returns whether the index file and all its crate files are as they were; then they are settled */
  *settle(file: string): Generator<undefined, boolean> {
    const known = this.#known.get(file);
    if (known === undefined || !(yield* this.#isUnchanged(known.section))) return false;
    this.#deps.batcher.settleUnchanged(known.section);
    this.#sections.push(known.section);
    this.#sources.add(known.chunk);
    this.#lastSettled.push(file);
    if (this.#lastSettled.length > MAX_REMEMBERED) this.#lastSettled.shift();
    return true;
  }

  /** Some index files whose crate files are all in place. */
  get lastSettled(): readonly string[] {
    return this.#lastSettled;
  }

  /**
   * An index file is about to be read.
   *
   * @returns takes the state of what is read, from before: should it change meanwhile, that shows the next time
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

  /** Takes note of what was found in place of one of its targets. */
  note({ name, version }: Target, found: Settlement): void {
    const reading = this.#reading;
    if (reading === undefined || !('mtimeMs' in found) || found.mtimeMs === undefined) return;
    const { size, mtimeMs, sha256 } = found;
    // One index file may have a crate by two names, which differ in case.
    reading.name ??= name;
    if (reading.name === name) reading.crates.push({ version, size, mtimeMs, sha256 });
  }

  /** All of it was read. @param targets how many there were; undefined where something was wrong with it */
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
    let index = 0;
    for (const paths of section.paths()) {
      for (const path of paths) {
        const crate = fileStats(fileOf(path));
        if (crate === undefined || !section.isAt(index, crate)) return false;
        index += 1;
        if (index % LOOKS_A_TURN === 0) yield undefined;
      }
    }
    return true;
  }
}

/** @returns undefined for what is no file or cannot be looked at: the usual way tells why */
function fileStats(path: string): Stats | undefined {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() === true ? stats : undefined;
  } catch {
    return undefined;
  }
}
