import { join, resolve } from 'node:path';
import { openSeekable, readMembers } from '@crates-mirror/bundle/reading';
import { CodedError, errorMessage, FatalError } from '@crates-mirror/errors';
import { sha256File } from '@crates-mirror/hashing/sha256';
import { forgetBundles, type Layout, mirrorHome } from '@crates-mirror/layout';
import { LooseTree, type OnReplace } from '@crates-mirror/loose-tree';
import { SetAside } from '@crates-mirror/removals/set-aside';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import { checkedCopy, filesOfKind } from './checked-copy.ts';
import type { CrateReceiver, Received } from './crate-receiver.ts';
import { volumesOf } from './install-bundles.ts';

/** Unpacks crate files as loose files, in the mirror's layout. */
export class LooseReceiver implements CrateReceiver {
  readonly #mirror: string;
  readonly #setAside: SetAside | undefined;
  #tree: LooseTree | undefined;

  /** @param isKeepingReplaced whether files that others replace go into quarantine */
  constructor(mirror: string, isKeepingReplaced: boolean) {
    this.#mirror = mirror;
    this.#setAside = isKeepingReplaced ? new SetAside(resolve(mirror)) : undefined;
  }

  check(): void {}

  async open(_parcels: readonly FoundParcel[], layout: Layout): Promise<void> {
    const onReplace = this.#setAside === undefined ? undefined : this.#keepReplaced;
    this.#tree = LooseTree.over(this.#mirror, layout, onReplace);
    forgetBundles(this.#mirror);
  }

  async receive(parcel: FoundParcel, onReceived: (received: Received) => void): Promise<void> {
    const volumes = volumesOf(parcel);
    const { temporaryDirectory } = mirrorHome(this.#mirror);
    for (const [volume, file] of filesOfKind(parcel, 'bundle-manifest')) {
      const bundle = parcel.manifest.bundles.find(({ manifest }) => manifest === file.name);
      if (bundle === undefined) continue;
      const path = join(parcel.directory, volumes.get(bundle.path) ?? '', bundle.path);
      const list = await checkedCopy(parcel, volume, file, temporaryDirectory);
      try {
        await this.#receiveBundle(path, list.temporaryPath, onReceived);
      } finally {
        list.discard();
      }
    }
    this.#tree?.flush();
  }

  async publishIndex(): Promise<void> {}

  async close(): Promise<void> {
    this.#tree?.close();
  }

  readonly #keepReplaced: OnReplace = ({ name, version, path, sha256: by }) => {
    const { size, sha256 } = sha256File(join(this.#mirror, path));
    if (sha256 !== by) this.#setAside?.add({ name, version, path, sha256, size }, by);
  };

  async #receiveBundle(
    bundle: string,
    manifest: string,
    onReceived: (received: Received) => void,
  ): Promise<void> {
    const file = openSeekable(bundle);
    if (file === undefined) throw new FatalError('damaged', `${bundle} has no seek table`);
    try {
      for (const expected of readMembers(manifest)) {
        const { path, size, offset } = expected;
        const content = file.read(offset, size);
        const isNew = await this.#put({ path, size, expected, content });
        onReceived(isNew ? { done: 1, existing: 0, bytes: size } : { done: 0, existing: 1, bytes: 0 });
      }
    } finally {
      file.close();
    }
  }

  async #put(member: Parameters<LooseTree['put']>[0]): Promise<boolean | undefined> {
    try {
      return await this.#tree?.put(member);
    } catch (error) {
      if (error instanceof FatalError || !(error instanceof CodedError)) throw error;
      throw new FatalError(error.code, `${member.path}: ${errorMessage(error)}`, { cause: error });
    }
  }
}
