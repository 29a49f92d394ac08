import { BundlePresence, FrameBuilder, type Member, MemberLedger } from '@crates-mirror/bundle';
import { CodedError } from '@crates-mirror/errors';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import type { CrateBody } from '../fetch/crate-body.ts';
import type { LaneBundling } from '../options.ts';
import type { BundleGroup } from '../protocol.ts';
import type { Outcome, OutcomeInPlace, Target } from '../target.ts';
import type { Destination, Found, Verified } from './destination.ts';
import type { LooseCopies } from './loose-copies.ts';
import { StoreError, storing } from './store-error.ts';

/** Maximum number of groups on their way to disk before a lane pauses fetching. */
const MAX_GROUPS = 3;
/** On a slow network, a member must not wait for a full frame. */
const MAX_WAIT_MS = 1000;

type Done = (result: Outcome | StoreError) => void;

interface Placing extends Verified {
  readonly size: number;
  readonly done: Done;
}

interface Group {
  readonly placing: readonly Placing[];
  /** The memory of a frame, to be reused. */
  readonly memory: SharedArrayBuffer | undefined;
}

/**
 * Stores crate files in bundles. A lane builds frames of small crate files and sends them to the
 * main thread, which writes the frames of all lanes into one bundle. A target is completed when its
 * frame is on disk.
 */
export class BundleDestination implements Destination {
  readonly #store: LooseCopies;
  readonly #mode: LaneBundling['mode'];
  readonly #directory: string;
  readonly #ledger: MemberLedger;
  readonly #presence: BundlePresence;
  readonly #builder: FrameBuilder;
  readonly #send: (group: BundleGroup) => void;
  readonly #groups = new Map<number, Group>();
  #filling: Placing[] = [];
  #lastGroup = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    store: LooseCopies,
    { mode, directory, held, frameSize }: LaneBundling,
    send: (group: BundleGroup) => void,
  ) {
    this.#store = store;
    this.#mode = mode;
    this.#directory = directory;
    this.#ledger = new MemberLedger(mirrorHome(directory).membersDirectory, held);
    this.#presence = new BundlePresence(directory);
    this.#builder = new FrameBuilder(frameSize);
    this.#send = send;
  }

  get isBusy(): boolean {
    return this.#groups.size >= MAX_GROUPS;
  }

  find(target: Target): Found | undefined {
    const member = this.#heldMember(target, target.sha256);
    const loose = this.#store.find(target);
    const isSame = loose !== undefined && member?.sha256 === loose.sha256;
    if (member !== undefined && this.#mode === 'only') {
      const outcome = { status: 'existing', ...member, storage: 'bundle' } as const;
      // The process may have been killed after writing a frame and before removing the loose copy
      // it was made from.
      return { sha256: member.sha256, outcome, loose, isToRemove: isSame };
    }
    if (loose === undefined) return undefined;
    const { sha256 } = loose;
    if (member === undefined || !isSame) return { sha256, outcome: undefined, loose, isToRemove: false };
    const outcome = { ...loose, storage: 'filesystem+bundle', bundle: member.bundle } as const;
    return { sha256, outcome, loose, isToRemove: false };
  }

  takeOver(target: Target, { outcome, loose, isToRemove }: Found): OutcomeInPlace | undefined {
    if (outcome !== undefined && isToRemove) return this.#removeMoved(target, outcome);
    if (loose !== undefined) this.#store.remember(target, loose);
    return outcome;
  }

  loadLooseCopy(target: Target): CrateBody | undefined {
    return this.#store.load(target);
  }

  newBody(target: Target): CrateBody {
    return this.#store.newBody(target);
  }

  release(target: Target, body: CrateBody, isKept: boolean): void {
    this.#store.release(target, body, isKept);
  }

  place(verified: Verified, done: Done): void {
    const { target, body, sha256, status } = verified;
    const { size } = body;
    const placing = { ...verified, size, done };
    try {
      const member = this.#heldMember(target, sha256);
      if (member === undefined) this.#bundle(placing);
      else {
        this.#keepLoose(verified);
        body.discard();
        done({ status, ...member, storage: this.#storage });
      }
    } catch (error) {
      body.discard();
      done(error as StoreError);
    }
  }

  handOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#builder.isEmpty) return;
    const frame = this.#builder.take();
    const group = this.#newGroup(this.#filling, frame.memory);
    this.#filling = [];
    this.#send({ kind: 'frame', group, ...frame });
  }

  /** Called when a group is on disk. */
  stored(group: number, bundle: string): void {
    for (const placing of this.#takeGroup(group)) {
      const { target, size, sha256, status, done } = placing;
      this.#ledger.learn(target.shard, target.path, { bundle, size, sha256 });
      const outcome: OutcomeInPlace = { status, size, sha256, storage: this.#storage, bundle };
      done(this.#seeToLoose(placing, outcome));
    }
  }

  /** Called when a group could not be written. */
  notStored(group: number, error: StoreError): void {
    for (const { body, done } of this.#takeGroup(group)) {
      body.discard();
      done(error);
    }
  }

  flush(): void {
    this.#store.flush();
  }

  get #storage(): 'bundle' | 'filesystem+bundle' {
    return this.#mode === 'only' ? 'bundle' : 'filesystem+bundle';
  }

  #heldMember({ shard, path }: Target, sha256: string | undefined): ReturnType<MemberLedger['find']> {
    const member = storing(() => this.#ledger.find(shard, path));
    return sha256 === undefined || member?.sha256 === sha256 ? member : undefined;
  }

  #bundle(placing: Placing): void {
    const { target, body, sha256, size } = placing;
    const { url, name, version, path } = target;
    const member: Member = { url, name, version, path, size, sha256 };
    if (body.file !== undefined) {
      // No one else writes to the temporary file, so its content is not hashed again.
      this.#send({ kind: 'file', group: this.#newGroup([placing]), source: body.file, member });
      return;
    }
    this.#keepLoose(placing);
    const content = body.content as Buffer;
    if (!this.#builder.add(member, content)) {
      this.handOver();
      this.#builder.add(member, content);
    }
    body.discard();
    this.#filling.push(placing);
    this.#timer ??= setTimeout(() => this.handOver(), MAX_WAIT_MS);
  }

  /** Creates the loose copy if this run wants one and it does not exist. @throws StoreError */
  #keepLoose({ target, body, sha256 }: Verified): void {
    if (this.#mode === 'only' || target.hasLooseCopy) return;
    const { content } = body;
    if (content === undefined) this.#store.place(target, body, sha256);
    else this.#store.write(target, content, sha256);
  }

  /** Creates or removes the loose copy of a file that is now in a bundle, and releases the body. */
  #seeToLoose(placing: Placing, outcome: OutcomeInPlace): Outcome | StoreError {
    const { target, body } = placing;
    try {
      if (body.file !== undefined) this.#keepLoose(placing);
      if (this.#mode === 'add' || !target.hasLooseCopy) return outcome;
      storing(() => this.#store.remove(target));
      return { ...outcome, isMoved: true };
    } catch (error) {
      return error as StoreError;
    } finally {
      body.discard();
    }
  }

  /** @throws StoreError, and removes nothing, if the bundle is not there or has changed */
  #removeMoved(target: Target, outcome: OutcomeInPlace): OutcomeInPlace {
    const { bundle } = outcome;
    if (bundle === null || !storing(() => this.#presence.check(bundle)))
      throw bundleGone(this.#directory, bundle);
    this.#store.remove(target);
    return { ...outcome, isMoved: true };
  }

  #newGroup(placing: readonly Placing[], memory?: SharedArrayBuffer): number {
    this.#lastGroup += 1;
    this.#groups.set(this.#lastGroup, { placing, memory });
    return this.#lastGroup;
  }

  #takeGroup(group: number): readonly Placing[] {
    const { placing, memory } = this.#groups.get(group) as Group;
    this.#groups.delete(group);
    if (memory !== undefined) this.#builder.reuse(memory);
    return placing;
  }
}

function bundleGone(directory: string, bundle: string | null): StoreError {
  const message = `${directory}: ${bundle} is gone, or has changed since this run began, so that the loose files that it holds as well are kept`;
  return new StoreError(new CodedError('bundle_changed', message));
}
