import { encodeRecord, type Storage } from '@crates-mirror/manifest';
import type { InputProblem } from '../plan/work.ts';
import { type Counts, type FailureNote, noCounts, type SettledBatch } from './protocol.ts';
import type { Settlement, Target } from './target.ts';

const FLUSH_MS = 100;
const MOST_RECORDS = 2000;
const MOST_FAILURES = 10;

/** Collects what a lane has settled and hands it over in batches. */
export class Outbox {
  readonly #deliver: (batch: SettledBatch) => void;
  readonly #storage: Storage;
  #lines = '';
  #records = 0;
  #counts = noCounts();
  #found = 0;
  #units = 0;
  #failures: FailureNote[] = [];
  #problems: InputProblem[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param storage where this run wants its files, for the records of those it does not have */
  constructor(storage: Storage, deliver: (batch: SettledBatch) => void) {
    this.#storage = storage;
    this.#deliver = deliver;
  }

  settle(target: Target, settlement: Settlement): void {
    const failure = 'error' in settlement ? settlement.error : null;
    const bundle = 'bundle' in settlement ? settlement.bundle : null;
    this.#lines += encodeRecord({
      url: target.url,
      name: target.name,
      version: target.version,
      path: target.path,
      storage: 'storage' in settlement ? settlement.storage : this.#storage,
      bundle_path: bundle,
      bundle_member: bundle === null ? null : target.path,
      size: 'size' in settlement ? settlement.size : null,
      sha256: 'sha256' in settlement ? settlement.sha256 : (target.sha256 ?? null),
      started_at: isoTime(target.startedAt),
      finished_at: isoTime(Date.now()),
      status: settlement.status,
      retries: target.retries,
      error: failure,
    });
    this.#counts[COUNTER[settlement.status]] += 1;
    if (settlement.status === 'error' && failure !== null && this.#failures.length < MOST_FAILURES) {
      this.#failures.push({ url: target.url, ...failure });
    }
    this.#records += 1;
    if (this.#records >= MOST_RECORDS) this.flush();
    else this.#flushSoon();
  }

  received(bytes: number): void {
    this.#counts.bytes += bytes;
    this.#flushSoon();
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

  problem(problem: InputProblem): void {
    this.#problems.push(problem);
    this.#flushSoon();
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const batch: SettledBatch = {
      records: new TextEncoder().encode(this.#lines),
      counts: this.#counts,
      found: this.#found,
      units: this.#units,
      failures: this.#failures,
      problems: this.#problems,
    };
    this.#lines = '';
    this.#records = 0;
    this.#counts = noCounts();
    this.#found = 0;
    this.#units = 0;
    this.#failures = [];
    this.#problems = [];
    this.#deliver(batch);
  }

  #flushSoon(): void {
    this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
  }
}

const COUNTER: Readonly<Record<Settlement['status'], keyof Counts>> = {
  downloaded: 'downloaded',
  existing: 'existing',
  verified_existing: 'verifiedExisting',
  missing_upstream: 'missingUpstream',
  error: 'failed',
};

let lastTime = -1;
let lastText = '';

/** Many targets settle within one millisecond. */
function isoTime(ms: number): string {
  if (ms !== lastTime) {
    lastTime = ms;
    lastText = new Date(ms).toISOString();
  }
  return lastText;
}
