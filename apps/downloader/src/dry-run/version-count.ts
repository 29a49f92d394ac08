import { dirname } from 'node:path';
import type { IndexSource } from '@crates-mirror/crates-index';
import { parseIndexFile, RegularFile } from '@crates-mirror/crates-index/files';
import { errorMessage } from '@crates-mirror/errors';
import { crateUrls, type Layout, parseLayout } from '@crates-mirror/layout/paths';
import { CountedSelection } from '@crates-mirror/selection/reason-counts';
import type { Selector } from '@crates-mirror/selection/selector';
import { originOf } from '../lane/scan/targets.ts';
import type { IndexWork, InputProblem } from '../plan/work.ts';
import { SizeTable } from '../sizes/size-table.ts';
import { UnknownSizes } from '../sizes/unknown-sizes.ts';
import { NewDirectories } from './inodes/new-directories.ts';
import { type CountStart, type FileSum, type FromSurveyor, noSurvey } from './protocol.ts';
import { Sieve } from './sizing/sieve.ts';

/**
 * A surveyor for a mirror without crate files. It counts the files to be mirrored and creates no
 * targets, because there are no files to look up.
 */
export class VersionCount {
  readonly #index: IndexSource;
  readonly #selector: Selector;
  readonly #counted: CountedSelection;
  readonly #sieve: Sieve;
  readonly #urlOf: ReturnType<typeof crateUrls>;
  readonly #origin: string;
  readonly #table: SizeTable | undefined;
  readonly #unknown: UnknownSizes;
  readonly #layout: Layout;
  readonly #directories = new NewDirectories(() => false);
  /** Whether lines are examined individually. */
  readonly #isLooking: boolean;
  #known: FileSum = { count: 0, bytes: 0 };
  #problems: InputProblem[] = [];

  constructor(
    index: IndexSource,
    { cratesBaseUrl, layout, sample, sizes }: Omit<CountStart, 'index' | 'selection'>,
    selector: Selector,
  ) {
    this.#index = index;
    this.#selector = selector;
    this.#sieve = new Sieve(sample);
    this.#urlOf = crateUrls(cratesBaseUrl);
    this.#origin = originOf(cratesBaseUrl);
    this.#table = typeof sizes === 'string' ? undefined : new SizeTable(sizes);
    this.#counted = new CountedSelection(selector, ({ cksum }) => this.#table?.sizeOf(cksum));
    this.#unknown = new UnknownSizes(sizes === 'wanted');
    this.#layout = parseLayout(layout);
    this.#isLooking = needsVersions(this.#layout) || this.#sieve.isOpen || sizes !== 'none';
  }

  survey({ files, most = Number.POSITIVE_INFINITY }: IndexWork): FromSurveyor {
    this.#problems = [];
    this.#known = { count: 0, bytes: 0 };
    let count = 0;
    for (const file of files) count += this.#countFile(file, most - count);
    const survey = noSurvey();
    return {
      survey: { ...survey, toDownload: count, known: { ...survey.known, manifests: this.#known } },
      reasons: this.#counted.take(),
      problems: this.#problems,
      candidates: this.#sieve.take(),
      unknown: this.#unknown.take(),
      directories: this.#directories.take(),
      // The mirror is empty, so no file can be missing from the index.
      named: new Uint32Array(),
    };
  }

  /** @param most maximum number of crate files */
  #countFile(file: string, most: number): number {
    try {
      const bytes = this.#index.read(file);
      const regular = this.#selector.isPlain ? RegularFile.scan(bytes, file) : undefined;
      if (regular !== undefined) return this.#countRegular(regular, most);
      const { entries, problems, conflicts } = parseIndexFile(bytes, file);
      this.#problems.push(...problems, ...conflicts);
      const selected = this.#counted.select({ path: file, content: bytes, entries }).slice(0, most);
      for (const { name, version, cksum } of selected) this.#offer(name, version, () => cksum);
      return selected.length;
    } catch (error) {
      this.#problems.push({ file, line: 0, message: `cannot be read: ${errorMessage(error)}` });
      return 0;
    }
  }

  #countRegular(regular: RegularFile, most: number): number {
    const { includeYanked } = this.#selector.data.rules;
    const count = includeYanked ? regular.count : regular.count - regular.yanked;
    if (this.#isLooking) this.#sift(regular, most);
    else if (count > 0 && most > 0) this.#place(regular.name, '0.0.0', '');
    return Math.min(count, most);
  }

  #sift(regular: RegularFile, most: number): void {
    const { includeYanked } = this.#selector.data.rules;
    let left = most;
    for (let line = 0; line < regular.count && left > 0; line++) {
      if (!includeYanked && regular.isYanked(line)) continue;
      left -= 1;
      this.#offer(regular.name, regular.version(line), () => regular.cksum(line));
    }
  }

  #place(name: string, version: string, sha256: string): void {
    this.#directories.add(this.#layout.pathOf({ name, version, sha256 }));
  }

  #offer(name: string, version: string, sha256: () => string): void {
    this.#place(name, version, this.#layout.needsChecksum ? sha256() : '');
    const size = this.#table?.sizeOf(sha256());
    this.#sieve.offer({ name, version, isSizeKnown: size !== undefined }, () => ({
      url: this.#urlOf({ name, version, sha256: sha256() }),
      origin: this.#origin,
      sha256: sha256(),
    }));
    if (size === undefined) {
      this.#unknown.add(sha256);
      return;
    }
    this.#known.count += 1;
    this.#known.bytes += size;
  }
}

/** Whether versions of one crate may be in different directories. */
function needsVersions(layout: Layout): boolean {
  const [one, other] = [
    layout.pathOf({ name: 'name', version: '1.0.0', sha256: '1' }),
    layout.pathOf({ name: 'name', version: '2.0.0', sha256: '2' }),
  ].map(dirname);
  return one !== other;
}
