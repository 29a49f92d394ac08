import type { IndexSource } from '@crates-mirror/crates-index';
import { parseIndexFile, RegularFile, selectEntries } from '@crates-mirror/crates-index/files';
import { errorMessage } from '@crates-mirror/errors';
import type { IndexWork, InputProblem } from '../plan/work.ts';
import { type FromSurveyor, noSurvey } from './protocol.ts';

/**
 * A surveyor of a mirror that has no crate files yet: it counts what is to be mirrored, and makes nothing of a line, as there
 * is nothing to look for.
 */
export class VersionCount {
  readonly #index: IndexSource;
  readonly #includeYanked: boolean;
  #problems: InputProblem[] = [];

  constructor(index: IndexSource, includeYanked: boolean) {
    this.#index = index;
    this.#includeYanked = includeYanked;
  }

  survey({ files, most = Number.POSITIVE_INFINITY }: IndexWork): FromSurveyor {
    this.#problems = [];
    let count = 0;
    for (const file of files) count += this.#ofFile(file);
    return { survey: { ...noSurvey(), toDownload: Math.min(count, most) }, problems: this.#problems };
  }

  #ofFile(file: string): number {
    const includeYanked = this.#includeYanked;
    try {
      const bytes = this.#index.read(file);
      const regular = RegularFile.scan(bytes, file);
      if (regular !== undefined) return includeYanked ? regular.count : regular.count - regular.yanked;
      const { entries, problems, conflicts } = parseIndexFile(bytes, file);
      this.#problems.push(...problems, ...conflicts);
      return selectEntries(entries, includeYanked).length;
    } catch (error) {
      this.#problems.push({ file, line: 0, message: `cannot be read: ${errorMessage(error)}` });
      return 0;
    }
  }
}
