import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { type EncodedSection, Section } from './section.ts';
import { TemplateFiller } from './template-filler.ts';

/** The position of a chunk in its file, and the index files it covers. */
export interface ChunkPlace {
  /** bytes */
  readonly offset: number;
  readonly length: number;
  readonly crc32: number;
  /** Number of index files. */
  readonly count: number;
  /** The least and the greatest of their paths, in the order of JavaScript strings. */
  readonly first: string;
  readonly last: string;
}

/** A chunk to be written. */
export interface NewChunk extends Omit<ChunkPlace, 'offset' | 'length'> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @returns undefined if it is not a readable regular file; the run then checks everything */
export function openFile(path: string): number | undefined {
  try {
    // Opening a pipe would block.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch {
    // Treated as absent.
  }
  return undefined;
}

/** zlib is loaded only when needed, because loading takes 5 ms in each thread. */
export function crc32(bytes: Uint8Array): number {
  return process.getBuiltinModule('node:zlib').crc32(bytes);
}

/** Makes a chunk of one or more sections. */
export function newChunk(sections: readonly EncodedSection[]): NewChunk {
  const bytes = new Uint8Array(sections.reduce((length, section) => length + section.bytes.length, 0));
  let at = 0;
  for (const section of sections) {
    bytes.set(section.bytes, at);
    at += section.bytes.length;
  }
  const files = sections.map(({ file }) => file).sort();
  const [first] = files as [string];
  const last = files.at(-1) as string;
  return { bytes, crc32: crc32(bytes), count: sections.length, first, last };
}

/** Reads chunks, reusing the same memory. */
export class ChunkReader {
  readonly #fd: number | undefined;
  readonly #filler = new TemplateFiller();

  /** @param path a file that may be absent or unreadable; nothing is found then */
  constructor(path: string) {
    this.#fd = openFile(path);
  }

  /** The readable sections of some chunks, valid until the next call. */
  read(chunks: readonly ChunkPlace[]): { readonly section: Section; readonly chunk: ChunkPlace }[] {
    const found: { section: Section; chunk: ChunkPlace }[] = [];
    try {
      this.#filler.reserve(chunks.reduce((length, chunk) => length + chunk.length, 0));
    } catch {
      // Out of memory.
      return found;
    }
    let at = TemplateFiller.INPUT;
    for (const chunk of chunks) {
      for (const section of this.#sections(at, chunk)) found.push({ section, chunk });
      at += chunk.length;
    }
    return found;
  }

  /** @param start address to read the chunk to. Lengths of chunks are multiples of eight bytes. */
  #sections(start: number, chunk: ChunkPlace): Section[] {
    const end = start + chunk.length;
    const bytes = this.#filler.bytes.subarray(start, end);
    const sections: Section[] = [];
    try {
      if (this.#fd === undefined) return [];
      const count = readSync(this.#fd, bytes, 0, bytes.length, chunk.offset);
      if (count !== bytes.length || crc32(bytes) !== chunk.crc32) return [];
      for (let at = start; at < end; at += sections.at(-1)?.bytes.length ?? 0)
        sections.push(new Section(this.#filler, at, end));
      return sections;
    } catch {
      return [];
    }
  }
}
