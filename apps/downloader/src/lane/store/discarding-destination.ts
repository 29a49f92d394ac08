import type { Hash } from 'node:crypto';
import { createSha256 } from '@crates-mirror/hashing/sha256';
import { BodyMemory } from '../fetch/body-memory.ts';
import { CrateBody } from '../fetch/crate-body.ts';
import type { Outcome } from '../target.ts';
import type { Destination, Verified } from './destination.ts';

/** Receives and hashes a crate file without keeping its bytes. */
class DiscardedBody extends CrateBody {
  #hash: Hash = createSha256();
  #received = 0;

  override get size(): number {
    return this.#received;
  }

  override get resume(): undefined {
    return undefined;
  }

  override data(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#received += chunk.length;
  }

  override digest(): string {
    return this.#hash.digest('hex');
  }

  override read(): undefined {
    return undefined;
  }

  override discard(): void {
    super.discard();
    this.#hash = createSha256();
    this.#received = 0;
  }
}

/**
 * The destination of a trial: crate files are fetched and verified as in a run, then discarded. It
 * neither reads nor writes files.
 */
export class DiscardingDestination implements Destination {
  readonly isBusy = false;
  readonly #memory = new BodyMemory();

  find(): undefined {
    return undefined;
  }

  takeOver(): undefined {
    return undefined;
  }

  loadLooseCopy(): undefined {
    return undefined;
  }

  newBody(): CrateBody {
    return new DiscardedBody('', this.#memory);
  }

  release(): void {
    // Nothing is held.
  }

  place({ body, sha256, status }: Verified, done: (result: Outcome) => void): void {
    done({ status, size: body.size, sha256, storage: 'filesystem', bundle: null });
  }

  handOver(): void {
    // Nothing is ever queued.
  }

  flush(): void {
    // Nothing is recorded.
  }
}
