import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode, errorMessage, FatalError, UsageError } from '@crates-mirror/errors';
import { hasEnded, type LockHolder, thisProcess } from '@crates-mirror/fs-atomic';
import { sha256Hex } from '@crates-mirror/hashing';
import type { Bucket } from '@crates-mirror/s3';

const KEY = '.crates-mirror/lock';
/** A writer that has not renewed its lease for so long is dead, ms. Clocks that differ by more are refused by the store. */
const LEASE_MS = 20 * 60_000;
const RENEWED_EVERY_MS = 60_000;
/** Without conditional writes, two may have written: the last one stays, and shows when both have looked. ms */
const SETTLING_MS = 1000;

/** The lock object's content: who holds it, and until when. */
interface Lease extends LockHolder {
  /** ms since the epoch, by the holder's clock */
  readonly until: number;
}

/**
 * The one writer of a site in a bucket, by a lock object that it renews. It is taken over from a process that has ended, which only
 * its own machine can tell, or whose lease has run out.
 */
export class WriterLease {
  readonly #bucket: Bucket;
  readonly #self: LockHolder;
  #until = 0;
  #lost: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(bucket: Bucket) {
    this.#bucket = bucket;
    this.#self = thisProcess();
  }

  /** @throws UsageError where another run has it */
  static async take(bucket: Bucket): Promise<WriterLease> {
    const lease = new WriterLease(bucket);
    const before = await lease.#read();
    if (before !== undefined && isHeld(before)) throw lease.#heldBy(before);
    const hasConditions = before === undefined && (await lease.#create());
    if (!hasConditions) {
      await lease.#write();
      await sleep(SETTLING_MS);
    }
    const now = await lease.#read();
    if (now === undefined || !lease.#isOurs(now)) throw lease.#heldBy(now);
    lease.#timer = setInterval(() => void lease.#renew(), RENEWED_EVERY_MS).unref();
    return lease;
  }

  /** To be called before each write. @throws FatalError where another run may write by now */
  check(): void {
    if (this.#lost === undefined && Date.now() < this.#until) return;
    const why = this.#lost ?? 'it could not be renewed in time';
    throw new FatalError('lease_lost', `the lock of ${this.#bucket.describe()} is lost: ${why}`, {
      hint: 'Run again once no other run works on it',
    });
  }

  async release(): Promise<void> {
    clearInterval(this.#timer);
    const now = await this.#read().catch(() => undefined);
    // The next run sees that this process has ended, or waits for the lease's end.
    if (now !== undefined && this.#isOurs(now)) await this.#bucket.delete(KEY).catch(() => {});
  }

  async #renew(): Promise<void> {
    try {
      const now = await this.#read();
      if (now === undefined) this.#lost = 'somebody has removed it';
      else if (this.#isOurs(now)) await this.#write();
      else this.#lost = `process ${now.pid} on ${now.host} has it since ${now.since}`;
    } catch (error) {
      // The lease lasts for some more attempts.
      if (errorCode(error) === 'access_denied') this.#lost = errorMessage(error);
    }
  }

  /** @returns false where the store has no conditional writes, and nothing was written */
  async #create(): Promise<boolean> {
    try {
      await this.#write('absent');
      return true;
    } catch (error) {
      if (errorCode(error) !== 'not_implemented') throw error;
      return false;
    }
  }

  async #write(precondition?: 'absent'): Promise<void> {
    const until = Date.now() + LEASE_MS;
    const bytes = Buffer.from(`${JSON.stringify({ ...this.#self, until })}\n`);
    const body = { size: bytes.length, sha256: sha256Hex(bytes), pieces: () => [bytes] };
    const headers = { contentType: 'application/json', cacheControl: 'no-store' };
    await this.#bucket.put(KEY, body, headers, precondition);
    this.#until = until;
  }

  async #read(): Promise<Lease | undefined> {
    const got = await this.#bucket.get(KEY);
    return got === undefined ? undefined : this.#parse(got.body);
  }

  #parse(body: Buffer): Lease {
    try {
      const value: unknown = JSON.parse(body.toString('utf8'));
      if (isLease(value)) return value;
    } catch {
      // Told below.
    }
    throw new UsageError(`${this.#bucket.describe(KEY)} is damaged`, {
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
