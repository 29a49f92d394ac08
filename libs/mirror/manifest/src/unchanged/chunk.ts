import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { FillModule } from './fill-module.ts';
import { type EncodedSection, Section } from './section.ts';

/** Where a chunk is in its file, and which index files it has. */
export interface ChunkPlace {
  /** bytes */
  readonly offset: number;
  readonly length: number;
  readonly crc32: number;
  /** Index files. */
  readonly count: number;
  /** The least and the greatest of their paths, as JavaScript compares strings. */
  readonly first: string;
  readonly last: string;
}

/** A chunk on its way into a file. */
export interface NewChunk extends Omit<ChunkPlace, 'offset' | 'length'> {
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** @returns undefined for what is no file, or cannot be read: whoever has nothing to go by looks at everything */
export function openFile(path: string): number | undefined {
  try {
    // A pipe would be waited for.
    const fd = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    if (fstatSync(fd).isFile()) return fd;
    closeSync(fd);
  } catch {
    // As if it were not there.
  }
  return undefined;
}

/** zlib is loaded when there is something to check: that takes 5 ms in each thread. */
export function crc32(bytes: Uint8Array): number {
  return process.getBuiltinModule('node:zlib').crc32(bytes);
}

/** Makes one chunk of some sections, of which there is at least one. */
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

/** Reads chunks into the same memory again and again. */
export class ChunkReader {
  readonly #fd: number | undefined;
  readonly #module = new FillModule();

  /** @param path of a file that may not be there, or not be readable: then there is nothing to go by */
  constructor(path: string) {
    this.#fd = openFile(path);
  }

  /** What some chunks have, as far as it can be read: whole until the next call. */
  read(chunks: readonly ChunkPlace[]): { readonly section: Section; readonly chunk: ChunkPlace }[] {
    const found: { section: Section; chunk: ChunkPlace }[] = [];
    try {
      this.#module.reserve(chunks.reduce((length, chunk) => length + chunk.length, 0));
    } catch {
      // There is no memory for it.
      return found;
    }
    let at = this.#module.INPUT;
    for (const chunk of chunks) {
      for (const section of this.#sections(at, chunk)) found.push({ section, chunk });
      at += chunk.length;
    }
    return found;
  }

  /** @param start where in memory they are put; each is a multiple of eight bytes long */
  #sections(start: number, chunk: ChunkPlace): Section[] {
    const end = start + chunk.length;
    const bytes = this.#module.bytes.subarray(start, end);
    const sections: Section[] = [];
    try {
      if (this.#fd === undefined) return [];
      const count = readSync(this.#fd, bytes, 0, bytes.length, chunk.offset);
      if (count !== bytes.length || crc32(bytes) !== chunk.crc32) return [];
      for (let at = start; at < end; at += sections.at(-1)?.bytes.length ?? 0)
        sections.push(new Section(this.#module, at, end));
      return sections;
    } catch {
      return [];
    }
  }
}
