import type { IndexSource } from '@crates-mirror/crates-index';
import { parseIndexFile, RegularFile, selectEntries } from '@crates-mirror/crates-index/files';
import { errorMessage } from '@crates-mirror/errors';
import { crateUrls } from '@crates-mirror/layout/paths';
import { originOf } from '../lane/scan/targets.ts';
import type { IndexWork, InputProblem } from '../plan/work.ts';
import { type CountStart, type FromSurveyor, noSurvey } from './protocol.ts';
import { Sieve } from './sizing/sieve.ts';

/**
 * A surveyor of a mirror that has no crate files yet: it counts what is to be mirrored, and makes nothing of a line, as there
 * is nothing to look for.
 */
export class VersionCount {
  readonly #index: IndexSource;
  readonly #includeYanked: boolean;
  readonly #sieve: Sieve;
  readonly #urlOf: ReturnType<typeof crateUrls>;
  readonly #origin: string;
  #problems: InputProblem[] = [];

  constructor(index: IndexSource, { includeYanked, cratesBaseUrl, sample }: Omit<CountStart, 'index'>) {
    this.#index = index;
    this.#includeYanked = includeYanked;
    this.#sieve = new Sieve(sample);
    this.#urlOf = crateUrls(cratesBaseUrl);
    this.#origin = originOf(cratesBaseUrl);
  }

  survey({ files, most = Number.POSITIVE_INFINITY }: IndexWork): FromSurveyor {
    this.#problems = [];
    let count = 0;
    for (const file of files) count += this.#ofFile(file, most - count);
    return {
      survey: { ...noSurvey(), toDownload: count },
      problems: this.#problems,
      candidates: this.#sieve.take(),
    };
  }

  /** @param most crate files at most */
  #ofFile(file: string, most: number): number {
    try {
      const bytes = this.#index.read(file);
      const regular = RegularFile.scan(bytes, file);
      if (regular !== undefined) return this.#ofRegular(regular, most);
      const { entries, problems, conflicts } = parseIndexFile(bytes, file);
      this.#problems.push(...problems, ...conflicts);
      const selected = selectEntries(entries, this.#includeYanked).slice(0, most);
      for (const { name, version, cksum } of selected) this.#offer(name, version, () => cksum);
      return selected.length;
    } catch (error) {
      this.#problems.push({ file, line: 0, message: `cannot be read: ${errorMessage(error)}` });
      return 0;
    }
  }

  #ofRegular(regular: RegularFile, most: number): number {
    const count = this.#includeYanked ? regular.count : regular.count - regular.yanked;
    if (this.#sieve.isOpen) this.#sift(regular, most);
    return Math.min(count, most);
  }

  #sift(regular: RegularFile, most: number): void {
    let left = most;
    for (let line = 0; line < regular.count && left > 0; line++) {
      if (!this.#includeYanked && regular.isYanked(line)) continue;
      left -= 1;
      this.#offer(regular.name, regular.version(line), () => regular.cksum(line));
    }
  }

  #offer(name: string, version: string, sha256: () => string): void {
    this.#sieve.offer(name, version, () => ({
      url: this.#urlOf({ name, version, sha256: sha256() }),
      origin: this.#origin,
    }));
  }
}
