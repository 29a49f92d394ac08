import type { MirrorHome } from '@crates-mirror/layout/mirror-home';
import type { Target } from '../target.ts';
import { BodyMemory } from './body-memory.ts';
import type { BodyStore } from './body-store.ts';
import { CrateBody } from './crate-body.ts';
import type { PartialFacts, PartialFile } from './partial/partial-file.ts';
import { Partials } from './partial/partials.ts';

/**
 * The bodies of a lane: in memory, in temporary files, or in files that another attempt or run can
 * resume.
 */
export class Bodies implements BodyStore {
  readonly #temporaryDirectory: string;
  readonly #memory = new BodyMemory();
  readonly #partials: Partials;
  readonly #createPartial = (facts: PartialFacts): PartialFile => this.#partials.create(facts);

  constructor({
    temporaryDirectory,
    partialDirectory,
  }: Pick<MirrorHome, 'temporaryDirectory' | 'partialDirectory'>) {
    this.#temporaryDirectory = temporaryDirectory;
    this.#partials = new Partials(partialDirectory);
  }

  newBody(target: Target): CrateBody {
    return this.#partials.take(target) ?? this.#partials.goOn(target, this.#bodyOf(target));
  }

  release({ sha256 }: Target, body: CrateBody, isKept: boolean): void {
    if (isKept && sha256 !== undefined && body.resume !== undefined) this.#partials.keep(sha256, body);
    else body.discard();
  }

  /** An empty body for bytes that are here already. */
  emptyBody(): CrateBody {
    return new CrateBody(this.#temporaryDirectory, this.#memory);
  }

  #bodyOf({ url, sha256, maxSize }: Target): CrateBody {
    const keeping = sha256 === undefined ? undefined : { url, sha256, create: this.#createPartial };
    return new CrateBody(this.#temporaryDirectory, this.#memory, undefined, keeping, maxSize);
  }
}
