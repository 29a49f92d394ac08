import { indexPath } from '@crates-mirror/crates-index/names';
import { encodeRecord, type Storage } from '@crates-mirror/manifest/record';
import type { Section } from '@crates-mirror/manifest/unchanged';
import type { InputProblem } from '../../plan/work.ts';
import { learntSize } from '../../sizes/learnt-sizes.ts';
import type { Outcome, Target } from '../target.ts';
import {
  type CompletedBatch,
  type Counts,
  type FailureNote,
  noCounts,
  type ResumeNote,
} from './completed-batch.ts';
import type { Attempt, Meter } from './meter.ts';

const FLUSH_MS = 100;
/** Maximum size of the records of one batch, in bytes. */
const BATCH_SIZE = 1 << 20;
/** Maximum number of UTF-8 bytes per UTF-16 unit. */
const BYTES_PER_UNIT = 3;
const MAX_FAILURES = 10;

/** Collects what a lane has completed and delivers it in batches. */
export class Batcher {
  readonly #deliver: (batch: CompletedBatch) => void;
  readonly #storage: Storage;
  readonly #meter: Meter | undefined;
  readonly #bundleFiles: Readonly<Record<string, string>>;
  /**
   * Each record is encoded at once. A string of thousands of records would live long enough to
   * become expensive garbage.
   */
  #records: Buffer = Buffer.allocUnsafeSlow(BATCH_SIZE);
  #length = 0;
  #counts = noCounts();
  #found = 0;
  #units = 0;
  #failures: FailureNote[] = [];
  #problems: InputProblem[] = [];
  #damaged: string[] = [];
  #resumed: ResumeNote[] = [];
  #retryLines = '';
  #learntSizes = '';
  #timer: NodeJS.Timeout | undefined;

  /**
   * @param storage the form in which this run wants its files, for the records of files it does not
   *   have
   * @param meter undefined if metrics are not served
   * @param bundleFiles file names of finished bundles, by bundle id
   */
  constructor(
    storage: Storage,
    meter: Meter | undefined,
    deliver: (batch: CompletedBatch) => void,
    bundleFiles: Readonly<Record<string, string>> = {},
  ) {
    this.#storage = storage;
    this.#meter = meter;
    this.#deliver = deliver;
    this.#bundleFiles = bundleFiles;
  }

  complete(target: Target, outcome: Outcome): void {
    const failure = 'error' in outcome ? outcome.error : null;
    const bundle = 'bundle' in outcome ? outcome.bundle : null;
    const line = encodeRecord({
      url: target.url,
      name: target.name,
      version: target.version,
      path: target.path,
      storage: 'storage' in outcome ? outcome.storage : this.#storage,
      bundle_path: bundle,
      bundle_file: bundle === null ? null : (this.#bundleFiles[bundle] ?? null),
      bundle_member: bundle === null ? null : target.path,
      size: 'size' in outcome ? outcome.size : null,
      sha256: 'sha256' in outcome ? outcome.sha256 : (target.sha256 ?? null),
      started_at: isoTime(target.startedAt),
      finished_at: isoTime(Date.now()),
      status: outcome.status,
      retries: target.retries,
      error: failure,
    });
    this.#append(line);
    this.#counts[COUNTER[outcome.status]] += 1;
    if ('isMoved' in outcome && outcome.isMoved === true) {
      this.#counts.moved += 1;
      this.#counts.movedBytes += outcome.size;
    }
    const retryReason = RETRY_REASON[outcome.status];
    if (retryReason !== undefined) this.#retryLines += `${indexPath(target.name)}\t${retryReason}\n`;
    if (outcome.status === 'too_large' && target.sha256 !== undefined)
      this.#learntSizes += learntSize(target.sha256, outcome.size);
    if (outcome.status === 'error' && failure !== null && this.#failures.length < MAX_FAILURES) {
      this.#failures.push({ url: target.url, crate: `${target.name}-${target.version}`, ...failure });
    }
    this.#flushSoon();
  }

  /** Completes an index file whose crate files are all unchanged. */
  completeUnchanged(section: Section): void {
    for (const lines of section.records(isoTime(Date.now()))) {
      this.#reserve(lines.length);
      this.#length += lines.copy(this.#records, this.#length);
    }
    this.#found += section.count;
    this.#counts.existing += section.count;
    this.#flushSoon();
  }

  /** @returns the start time, for {@link endAttempt} */
  startAttempt(): number {
    if (this.#meter === undefined) return 0;
    this.#flushSoon();
    return this.#meter.startAttempt();
  }

  endAttempt(attempt: Attempt): void {
    this.#counts.bytes += attempt.bytes;
    this.#meter?.endAttempt(attempt);
    this.#flushSoon();
  }

  /**
   * Called when a verified body is on disk or could not be stored.
   *
   * @param startedAt on performance.now()'s clock
   */
  stored(startedAt: number): void {
    this.#meter?.stored(startedAt);
  }

  retried(): void {
    this.#counts.retries += 1;
    this.#flushSoon();
  }

  foundTarget(): void {
    this.#found += 1;
    this.#flushSoon();
  }

  unitDone(): void {
    this.#units += 1;
    this.#flushSoon();
  }

  /** Called when a file that looked unchanged since its verification has different content. */
  damaged(path: string): void {
    this.#counts.damaged += 1;
    if (this.#damaged.length < MAX_FAILURES) this.#damaged.push(path);
    this.#flushSoon();
  }

  /** Called when a resumed body has been verified. */
  resumed(note: ResumeNote): void {
    this.#counts.resumed += 1;
    this.#counts.resumedBytes += note.from;
    if (this.#resumed.length < MAX_FAILURES) this.#resumed.push(note);
    this.#flushSoon();
  }

  problem(problem: InputProblem): void {
    this.#problems.push(problem);
    this.#flushSoon();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch: CompletedBatch = {
      records: new Uint8Array(this.#records.subarray(0, this.#length)),
      counts: this.#counts,
      found: this.#found,
      units: this.#units,
      failures: this.#failures,
      problems: this.#problems,
      damaged: this.#damaged,
      resumed: this.#resumed,
      metered: this.#meter?.take(),
      retryLines: this.#retryLines,
      learntSizes: this.#learntSizes,
    };
    this.#length = 0;
    this.#counts = noCounts();
    this.#found = 0;
    this.#units = 0;
    this.#failures = [];
    this.#problems = [];
    this.#damaged = [];
    this.#resumed = [];
    this.#retryLines = '';
    this.#learntSizes = '';
    this.#deliver(batch);
  }

  #append(line: string): void {
    this.#reserve(line.length * BYTES_PER_UNIT);
    this.#length += this.#records.write(line, this.#length);
  }

  /** Reserves this many bytes for records. */
  #reserve(size: number): void {
    if (this.#length + size <= this.#records.length) return;
    this.flush();
    if (size > this.#records.length) this.#records = Buffer.allocUnsafeSlow(size);
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }
}

const COUNTER: Readonly<Record<Outcome['status'], keyof Counts>> = {
  downloaded: 'downloaded',
  existing: 'existing',
  verified_existing: 'verifiedExisting',
  missing_upstream: 'missingUpstream',
  too_large: 'tooLarge',
  error: 'failed',
};

const RETRY_REASON: Readonly<Partial<Record<Outcome['status'], string>>> = {
  missing_upstream: 'missing_upstream',
  error: 'failed',
};

let lastSecond = -1;
let lastText = '';

/**
 * ISO 8601, UTC. The text is cached for each second, because many targets are completed within one.
 */
function isoTime(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = new Date(second * 1000).toISOString().slice(0, -4);
  }
  return `${lastText}${String(ms - second * 1000).padStart(3, '0')}Z`;
}
