import { readFileSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';
import { ManifestWriter } from '@crates-mirror/manifest/writer';
import { checksumWords, SizeTable } from './size-table.ts';

const LINE = /^([0-9a-f]{64})\t(\d{1,10})$/;

/**
 * Sizes of crate files that an upstream reported and that were too large to be fetched. Each line
 * is `SHA-256 TAB bytes`. The file is a cache: without it, the sizes are requested again.
 */
export class LearntSizes {
  /** The sizes known when the run began, as the memory of a SizeTable. */
  readonly before: SharedArrayBuffer;
  readonly #writer: ManifestWriter;

  /** @throws the system's error */
  constructor(path: string) {
    this.before = readLearntSizes(path);
    this.#writer = new ManifestWriter(path);
  }

  /** @param lines lines made by {@link learntSize} @throws the system's error */
  add(lines: string): void {
    if (lines !== '') this.#writer.append(Buffer.from(lines));
  }

  close(): void {
    this.#writer.close();
  }
}

/** @param size bytes */
export function learntSize(sha256: string, size: number): string {
  return `${sha256}\t${size}\n`;
}

/**
 * Returns the sizes known so far, as the memory of a SizeTable. Skips malformed lines.
 *
 * @throws the system's error
 */
export function readLearntSizes(path: string): SharedArrayBuffer {
  const table = new SizeTable();
  for (const line of linesOf(path)) {
    const [, sha256, size] = LINE.exec(line) ?? [];
    if (sha256 === undefined) continue;
    const words = checksumWords(sha256);
    table.expect(Uint32Array.from(words));
    table.learn(...words, Number(size));
  }
  return table.memory;
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return [];
    throw error;
  }
}
