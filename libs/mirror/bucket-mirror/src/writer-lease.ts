import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, errorMessage, FatalError, UsageError } from '@crates-mirror/errors';
import { hasEnded, type LockHolder, thisProcess } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import { areApart, type RunShard, shardName, shardOfLock } from '@crates-mirror/layout/run-shard';
import type { Bucket } from '@crates-mirror/s3';
import { STATE } from './keys.ts';

const WHOLE = `${STATE}lock`;

/**
 * A writer that has not renewed its lease for this long is considered dead. ms. The store rejects
 * requests from clocks that differ by more.
 */
const LEASE_MS = 20 * 60_000;
const RENEWED_EVERY_MS = 60_000;
/**
 * Without conditional writes, two runs may both write the lock. The last write wins, and both see
 * the winner after this delay. ms
 */
const RACE_MS = 1000;

/** Content of the lock object: its holder and expiry. */
interface Lease extends LockHolder {
  /** ms since the epoch, by the holder's clock */
  readonly until: number;
}

/**
 * Ensures a single writer for a site in a bucket, or for one shard of a mirror, by means of a lock
 * object that is renewed. A writer of the whole excludes those of shards, and the other way round.
 * Another run takes over a lock whose lease has expired, or whose process has ended. Only the
 * holder's own machine can detect the latter.
 */
export class WriterLease {
  readonly #bucket: Bucket;
  readonly #shard: RunShard | undefined;
  readonly #key: string;
  readonly #self: LockHolder;
  #isConditional = false;
  #onLost: ((error: FatalError) => void) | undefined;
  #until = 0;
  #lost: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(bucket: Bucket, shard: RunShard | undefined) {
    this.#bucket = bucket;
    this.#shard = shard;
    this.#key = shard === undefined ? WHOLE : `${STATE}${shardName(shard)}.lock`;
    this.#self = thisProcess();
  }

  /**
   * @param shard undefined for all of the mirror
   * @throws UsageError if another run holds the lock
   */
  static async take(bucket: Bucket, shard?: RunShard): Promise<WriterLease> {
    const lease = new WriterLease(bucket, shard);
    const before = await lease.#read();
    if (before !== undefined && isHeld(before)) throw lease.#heldBy(before);
    const isFirst = before === undefined && (await lease.#writeIfAbsent()) !== undefined;
    lease.#isConditional = isFirst && (await lease.#writeIfAbsent()) === false;
    if (!lease.#isConditional) {
      await lease.#write();
      await sleep(RACE_MS);
    }
    const now = await lease.#read();
    if (now === undefined || !lease.#isOurs(now)) throw lease.#heldBy(now);
    await lease.#checkOthers();
    if (!isFirst) lease.#isConditional = (await lease.#writeIfAbsent()) === false;
    lease.#timer = setInterval(() => void lease.#renew(), RENEWED_EVERY_MS).unref();
    return lease;
  }

  /** What a run over all of the mirror would be refused with now; undefined if no run works on it. */
  static async refusal(bucket: Bucket): Promise<UsageError | undefined> {
    const lease = new WriterLease(bucket, undefined);
    const now = await lease.#read();
    if (now !== undefined && isHeld(now)) return lease.#heldBy(now);
    try {
      await lease.#checkOthers();
      return undefined;
    } catch (error) {
      if (error instanceof UsageError) return error;
      throw error;
    }
  }

  /**
   * Whether the store honours `If-None-Match: *`, as tried with the lock. Some stores refuse it,
   * others ignore it.
   */
  get isConditional(): boolean {
    return this.#isConditional;
  }

  /** @param onLost called once, when another run may be writing */
  watch(onLost: (error: FatalError) => void): void {
    this.#onLost = onLost;
  }

  /** Must be called before each write. @throws FatalError if another run may be writing */
  check(): void {
    const error = this.#loss();
    if (error !== undefined) throw error;
  }

  #loss(): FatalError | undefined {
    if (this.#lost === undefined && Date.now() < this.#until) return undefined;
    const why = this.#lost ?? 'it could not be renewed in time';
    return new FatalError('lease_lost', `the lock of ${this.#bucket.describe()} is lost: ${why}`, {
      hint: 'Run again once no other run works on it',
    });
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    const now = await this.#read().catch(() => undefined);
    // If this fails, the next run detects that this process has ended, or waits for the lease to
    // expire.
    if (now !== undefined && this.#isOurs(now)) await this.#bucket.delete(this.#key).catch(() => {});
  }

  async #renew(): Promise<void> {
    try {
      const now = await this.#read();
      if (now === undefined) this.#lost = 'somebody has removed it';
      else if (this.#isOurs(now)) await this.#write();
      else this.#lost = `process ${now.pid} on ${now.host} has it since ${now.since}`;
    } catch (error) {
      // The lease lasts for several more attempts.
      if (errorCode(error) === 'access_denied') this.#lost = errorMessage(error);
    }
    const loss = this.#loss();
    if (loss === undefined) return;
    this.#onLost?.(loss);
    this.#onLost = undefined;
  }

  /** @returns whether it was written; undefined if the store refuses conditional writes */
  async #writeIfAbsent(): Promise<boolean | undefined> {
    try {
      return await this.#write('absent');
    } catch (error) {
      if (errorCode(error) !== 'not_implemented') throw error;
      return undefined;
    }
  }

  /** @returns whether it was written */
  async #write(precondition?: 'absent'): Promise<boolean> {
    const until = Date.now() + LEASE_MS;
    const bytes = Buffer.from(`${JSON.stringify({ ...this.#self, until })}\n`);
    const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
    const headers = { contentType: 'application/json', cacheControl: 'no-store' };
    const etag = await this.#bucket.put(this.#key, body, headers, precondition);
    if (etag !== undefined) this.#until = until;
    return etag !== undefined;
  }

  /**
   * Each of two runs writes its own lock before it looks for the other's.
   *
   * @throws UsageError if a run holds a lock that excludes this one
   */
  async #checkOthers(): Promise<void> {
    for await (const { key } of this.#bucket.list(STATE)) {
      const shard = shardOfLock(key.slice(STATE.length));
      const isLock = key === WHOLE || shard !== undefined;
      if (!isLock || key === this.#key || areApart(this.#shard, shard)) continue;
      const other = await this.#read(key);
      if (other === undefined || !isHeld(other)) continue;
      await this.release();
      throw this.#heldBy(other);
    }
  }

  async #read(key = this.#key): Promise<Lease | undefined> {
    const got = await this.#bucket.get(key);
    return got === undefined ? undefined : this.#parse(key, got.body);
  }

  #parse(key: string, body: Buffer): Lease {
    try {
      const value: unknown = JSON.parse(body.toString('utf8'));
      if (isLease(value)) return value;
    } catch {
      // Reported below.
    }
    throw new UsageError(`${this.#bucket.describe(key)} is damaged`, {
      hint: 'Remove it if no other run works there',
    });
  }

  #isOurs({ pid, host, since, started }: Lease): boolean {
    const self = this.#self;
    return pid === self.pid && host === self.host && since === self.since && started === self.started;
  }

  #heldBy(lease: Lease | undefined): UsageError {
    const who = lease === undefined ? '' : ` (process ${lease.pid} on ${lease.host}, since ${lease.since})`;
    return new UsageError(`another run${who} is working on ${this.#bucket.describe()}`, {
      hint: `Wait for it. If it was killed, its lock ends ${lease === undefined ? 'soon' : `at ${new Date(lease.until).toISOString()}`}`,
    });
  }
}

function isHeld(lease: Lease): boolean {
  return lease.until > Date.now() && !hasEnded(lease);
}

function isLease(value: unknown): value is Lease {
  if (typeof value !== 'object' || value === null) return false;
  const { pid, host, since, until } = value as Partial<Record<keyof Lease, unknown>>;
  return [pid, until].every(Number.isSafeInteger) && typeof host === 'string' && typeof since === 'string';
}
