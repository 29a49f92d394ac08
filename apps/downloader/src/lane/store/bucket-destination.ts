import { CRATES, headersOf, pathVariants } from '@crates-mirror/bucket-mirror/keys';
import { type KnownObject, KnownObjects } from '@crates-mirror/bucket-mirror/known-objects';
import { MAX_WHOLE, putFile } from '@crates-mirror/bucket-mirror/put-file';
import type { WritableBucket } from '@crates-mirror/bucket-writer';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import { Bucket } from '@crates-mirror/s3';
import { Bodies } from '../fetch/bodies.ts';
import type { CrateBody } from '../fetch/crate-body.ts';
import type { Outcome, OutcomeInPlace, Target } from '../target.ts';
import type { Destination, Found, Verified } from './destination.ts';
import { StoreError, storing } from './store-error.ts';

/** Parallel requests of a lane. */
const CONNECTIONS = 32;
/** Maximum number of bodies on their way to the store before a lane pauses fetching. */
const MAX_STORING = 2 * CONNECTIONS;

/**
 * Objects of a bucket. Every body has been verified before it is sent, and the store compares its
 * SHA-256 before the object becomes visible. Objects in place are known without a request: the run
 * has listed the bucket before.
 */
export class BucketDestination implements Destination {
  readonly #bucket: Bucket;
  readonly #isConditional: boolean;
  readonly #known: KnownObjects;
  readonly #bodies: Bodies;
  #storing = 0;
  /** The parts of one body at a time are in memory. */
  #large: Promise<unknown> = Promise.resolve();

  /** @param out the local directory of the mirror */
  constructor(out: string, { address, s3, isConditional }: WritableBucket) {
    const home = mirrorHome(out);
    this.#bodies = new Bodies(home);
    this.#known = new KnownObjects(home.objectsDirectory, { isShared: true });
    this.#isConditional = isConditional;
    this.#bucket = new Bucket({
      address,
      options: s3,
      environment: process.env,
      connections: CONNECTIONS,
    });
  }

  get isBusy(): boolean {
    return this.#storing >= MAX_STORING;
  }

  find(target: Target): Found | undefined {
    const known = storing(() => keysOf(target).map((key) => this.#known.find(key)));
    const [first] = known;
    const sha256 = target.sha256 ?? first?.sha256;
    if (first === undefined || known.some((object) => object?.sha256 !== sha256)) return undefined;
    const { size } = first;
    const outcome = inPlace('existing', size, first.sha256);
    return { sha256: first.sha256, outcome, loose: undefined, isToRemove: false };
  }

  takeOver(_target: Target, { outcome }: Found): OutcomeInPlace | undefined {
    return outcome;
  }

  loadLooseCopy(): undefined {
    return undefined;
  }

  newBody(target: Target): CrateBody {
    return this.#bodies.newBody(target);
  }

  release(target: Target, body: CrateBody, isKept: boolean): void {
    this.#bodies.release(target, body, isKept);
  }

  place(verified: Verified, done: (result: Outcome | StoreError) => void): void {
    this.#storing += 1;
    void this.#complete(verified).then((result) => {
      this.#storing -= 1;
      verified.body.discard();
      done(result);
    });
  }

  handOver(): void {
    // Every body is sent at once.
  }

  flush(): void {
    storing(() => this.#known.flush());
  }

  async #complete(verified: Verified): Promise<Outcome | StoreError> {
    const { body, sha256, status } = verified;
    const { size } = body;
    try {
      await this.#store(verified);
      return inPlace(status, size, sha256);
    } catch (error) {
      return new StoreError(error);
    }
  }

  async #store({ target, body, sha256 }: Verified): Promise<void> {
    for (const key of keysOf(target)) {
      const before = this.#known.find(key);
      if (before?.sha256 === sha256) continue;
      const etag = await this.#put(key, body, sha256, before);
      this.#known.remember(key, { size: body.size, etag, sha256 });
    }
  }

  /** @returns the object's ETag */
  async #put(key: string, body: CrateBody, sha256: string, before: KnownObject | undefined): Promise<string> {
    const precondition = this.#isConditional && before === undefined ? 'absent' : undefined;
    const etag = await this.#send(key, body, sha256, precondition);
    if (etag !== undefined) return etag;
    // Another writer was first, or the answer to an earlier attempt was lost.
    const facts = await this.#bucket.head(key);
    if (facts?.sha256 === sha256) return facts.etag;
    return (await this.#send(key, body, sha256)) ?? '';
  }

  #send(key: string, body: CrateBody, sha256: string, precondition?: 'absent'): Promise<string | undefined> {
    const { content, file, size } = body;
    if (file === undefined) {
      const pieces = (): Buffer[] => [content ?? Buffer.alloc(0)];
      return this.#bucket.put(key, { size, sha256, pieces }, headersOf(key), precondition);
    }
    const send = (): Promise<string | undefined> =>
      putFile(this.#bucket, key, { path: file, size, sha256 }, precondition);
    if (size <= MAX_WHOLE) return send();
    const sent = this.#large.then(send);
    this.#large = sent.catch(() => {});
    return sent;
  }
}

function keysOf({ path }: Target): readonly string[] {
  return pathVariants(CRATES + path);
}

function inPlace(status: OutcomeInPlace['status'], size: number, sha256: string): OutcomeInPlace {
  return { status, size, sha256, storage: 'filesystem', bundle: null };
}
