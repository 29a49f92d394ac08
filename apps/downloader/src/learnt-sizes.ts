import { readFileSync } from 'node:fs';
import { errorCode } from '@crates-mirror/errors';
import { ManifestWriter } from '@crates-mirror/manifest/writer';
import { checksumWords, SizeTable } from './dry-run/known/size-table.ts';

const LINE = /^([0-9a-f]{64})\t(\d{1,10})$/;

/**
 * Sizes of crate files that an upstream has told and that were not fetched, since they were too large: a line `SHA-256 TAB bytes` for
 * each. It is a cache: without it, they are asked for once more.
 */
export class LearntSizes {
  /** What was known when the run began: a SizeTable's memory. */
  readonly before: SharedArrayBuffer;
  readonly #writer: ManifestWriter;

  /** @throws the system's error */
  constructor(path: string) {
    this.before = readLearntSizes(path);
    this.#writer = new ManifestWriter(path);
  }

  /** @param lines as {@link learntSize} makes them. @throws the system's error */
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

/** What is known of before, as a SizeTable's memory; lines that are none are passed over. @throws the system's error */
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
