import { resolve } from 'node:path';
import type { HeldMember, MemberLedger } from '@crates-mirror/bundle';
import type { IndexSource } from '@crates-mirror/crates-index';
import type { BundleMode } from '@crates-mirror/downloader-options';
import { errorMessage } from '@crates-mirror/errors';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import type { CountedSelection } from '@crates-mirror/selection/reason-counts';
import { withoutDenied } from '../lane/scan/denied-targets.ts';
import { type Targets, targetsOf } from '../lane/scan/targets.ts';
import { KnownSizes } from '../lane/sizes/known-sizes.ts';
import { LooseFiles } from '../lane/store/loose-files.ts';
import type { Target } from '../lane/target.ts';
import { ChecksumTable } from '../plan/checksum-table.ts';
import type { InputProblem, Work } from '../plan/work.ts';
import { SizeTable } from '../sizes/size-table.ts';
import { UnknownSizes } from '../sizes/unknown-sizes.ts';
import { NewDirectories } from './inodes/new-directories.ts';
import { LastRead } from './left/last-read.ts';
import { NamedPaths } from './left/named-paths.ts';
import { type FromSurveyor, noSurvey, type Prospect, type Survey, type SurveyStart } from './protocol.ts';
import { Sieve } from './sizing/sieve.ts';
import { ListedObjects } from './stored/listed-objects.ts';

const SHARED = { isShared: true };

/** The result for one target. */
interface Look {
  readonly prospect: Prospect;
  /** In bytes, if known. */
  readonly size: number;
  /** Whether a run would remove the loose file, because a bundle holds the same content. */
  readonly isLeftOver?: boolean;
}

/**
 * Checks the locations of targets, in one thread. It neither reads crate files nor writes anything.
 */
export class Surveyor {
  readonly #verifyExisting: boolean;
  readonly #selection: CountedSelection;
  readonly #files: LooseFiles;
  /** Undefined for a mirror in a directory. */
  readonly #stored: ListedObjects | undefined;
  readonly #ledger: VerifiedLedger;
  readonly #bundles: { readonly mode: BundleMode; readonly ledger: MemberLedger } | undefined;
  readonly #targetsOf: (work: Work) => Targets;
  readonly #sieve: Sieve;
  readonly #knownSizes: KnownSizes;
  readonly #unknown: UnknownSizes;
  readonly #named: NamedPaths;
  readonly #directories: NewDirectories;
  #survey: Survey = noSurvey();
  #problems: InputProblem[] = [];

  /** @param members the members of bundles, for a run that bundles */
  constructor(
    { options, checksums, stored, sample, sizes, isNaming }: SurveyStart,
    index: IndexSource | undefined,
    members: MemberLedger | undefined,
    selection: CountedSelection,
  ) {
    const { bundle, verifyExisting } = options;
    const home = mirrorHome(resolve(options.out));
    this.#verifyExisting = verifyExisting;
    this.#selection = selection;
    this.#sieve = new Sieve(sample);
    this.#files = new LooseFiles(home.root);
    this.#stored = stored && new ListedObjects(home.root, stored);
    this.#ledger = new VerifiedLedger(home.ledgerDirectory, SHARED);
    this.#unknown = new UnknownSizes(sizes === 'wanted');
    this.#knownSizes = new KnownSizes({
      files: this.#files,
      ledger: this.#ledger,
      members,
      table: typeof sizes === 'string' ? undefined : new SizeTable(sizes),
    });
    this.#bundles = bundle && members && { mode: bundle.mode, ledger: members };
    this.#directories = new NewDirectories((path) => this.#files.hasDirectory(this.#files.pathOf({ path })));
    const named = new NamedPaths(parseLayout(options.layout));
    const lastRead = index && isNaming ? new LastRead(index) : undefined;
    this.#named = named;
    const targets = targetsOf(options, {
      index: lastRead ?? index,
      select: selection.select,
      checksums: checksums === undefined ? undefined : new ChecksumTable(checksums),
      onProblem: (problem) => this.#problems.push(problem),
      onUnitDone: () => {
        const file = lastRead?.file;
        if (file !== undefined) named.add(file.path, file.bytes);
      },
    });
    this.#targetsOf = index === undefined ? withoutDenied(targets, options.denied) : targets;
  }

  survey(work: Work): FromSurveyor {
    this.#survey = noSurvey();
    this.#problems = [];
    for (const target of this.#targetsOf(work)) if (target !== undefined) this.#count(target);
    return {
      survey: this.#survey,
      reasons: this.#selection.take(),
      problems: this.#problems,
      candidates: this.#sieve.take(),
      unknown: this.#unknown.take(),
      directories: this.#directories.take(),
      named: this.#named.take(),
    };
  }

  #count(target: Target): void {
    try {
      const { prospect, size, isLeftOver } = this.#look(target);
      this.#survey[prospect] += 1;
      if (prospect === 'toDownload') this.#toDownload(target);
      if (prospect === 'inPlace') this.#survey.bytes += size;
      if (prospect === 'toBundle') this.#survey.toBundleBytes += size;
      if (isLeftOver !== true) return;
      this.#survey.leftOver += 1;
      this.#survey.leftOverBytes += size;
    } catch (error) {
      if (!(error instanceof Error && 'syscall' in error)) throw error;
      this.#problems.push({
        file: target.path,
        line: 0,
        message: `cannot be looked at: ${errorMessage(error)}`,
      });
    }
  }

  #toDownload(target: Target): void {
    this.#directories.add(target.path);
    const known = this.#knownSizes.find(target);
    const { name, version } = target;
    this.#sieve.offer({ name, version, isSizeKnown: known !== undefined }, () => target);
    if (known === undefined) {
      this.#unknown.add(() => target.sha256);
      return;
    }
    const sum = this.#survey.known[known.source];
    sum.count += 1;
    sum.bytes += known.size;
  }

  #look(target: Target): Look {
    if (this.#stored !== undefined) return this.#stored.look(target);
    const member = this.#member(target);
    const loose = this.#lookForFile(target);
    const isKnown = loose.prospect === 'inPlace';
    if (member !== undefined && this.#bundles?.mode === 'only')
      return {
        prospect: 'inPlace',
        size: member.size,
        isLeftOver: isKnown && loose.sha256 === member.sha256,
      };
    const isToBundle = this.#bundles !== undefined && member === undefined;
    return isKnown && isToBundle ? { ...loose, prospect: 'toBundle' } : loose;
  }

  #lookForFile(target: Target): Look & { readonly sha256?: string } {
    const stats = this.#files.stat(this.#files.pathOf(target));
    if (stats === undefined || !stats.isFile()) return { prospect: 'toDownload', size: 0 };
    const known = this.#ledger.find(target.shard, target.path, stats.size, stats.mtimeMs);
    const expected = target.sha256 ?? known;
    const size = stats.size;
    if (expected === undefined) return { prospect: 'toDownload', size };
    const isKnown = known === expected && !this.#verifyExisting;
    return { prospect: isKnown ? 'inPlace' : 'toHash', size, sha256: expected };
  }

  #member({ shard, path, sha256 }: Target): HeldMember | undefined {
    const member = this.#bundles?.ledger.find(shard, path);
    return sha256 === undefined || member?.sha256 === sha256 ? member : undefined;
  }
}
