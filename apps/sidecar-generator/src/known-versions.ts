import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIndexFile } from '@crates-mirror/crates-index';
import { errorCode } from '@crates-mirror/errors';

/** The versions that an index has, a file at a time: sidecars of one crate stand together in most layouts. */
export class KnownVersions {
  readonly #indexDir: string;
  #file = '';
  /** undefined where the file cannot be relied on */
  #versions: ReadonlySet<string> | undefined;

  constructor(indexDir: string) {
    this.#indexDir = indexDir;
  }

  has(file: string, version: string): boolean {
    if (file !== this.#file) {
      this.#file = file;
      this.#versions = this.#read(file);
    }
    return this.#versions?.has(version) ?? true;
  }

  #read(file: string): ReadonlySet<string> | undefined {
    try {
      const { entries, problems } = parseIndexFile(readFileSync(join(this.#indexDir, file)), file);
      return problems.length > 0 ? undefined : new Set(entries.map(({ version }) => version));
    } catch (error) {
      return errorCode(error) === 'ENOENT' ? new Set() : undefined;
    }
  }
}
