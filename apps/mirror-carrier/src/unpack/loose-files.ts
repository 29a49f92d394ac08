import { join } from 'node:path';
import { openSeekable, readMembers } from '@crates-mirror/bundle/reading';
import { CodedError, errorMessage, FatalError } from '@crates-mirror/errors';
import { forgetBundles, type Layout } from '@crates-mirror/layout';
import { LooseTree } from '@crates-mirror/loose-tree';
import type { FoundParcel } from '../parcel/find-parcels.ts';
import type { CrateReceiver, Settled } from './crate-receiver.ts';
import { volumesOf } from './install-bundles.ts';

/** Makes loose files of crate files, in the mirror's layout. */
export class LooseReceiver implements CrateReceiver {
  readonly #mirror: string;
  #tree: LooseTree | undefined;

  constructor(mirror: string) {
    this.#mirror = mirror;
  }

  check(): void {}

  open(layout: Layout): void {
    this.#tree = LooseTree.over(this.#mirror, layout);
    forgetBundles(this.#mirror);
  }

  async receive(parcel: FoundParcel, onSettled: (settled: Settled) => void): Promise<void> {
    const volumes = volumesOf(parcel);
    const at = (name: string): string => join(parcel.directory, volumes.get(name) ?? '', name);
    for (const { path, manifest } of parcel.manifest.bundles)
      await this.#receiveBundle(at(path), at(manifest), onSettled);
  }

  close(): void {
    this.#tree?.close();
  }

  async #receiveBundle(
    bundle: string,
    manifest: string,
    onSettled: (settled: Settled) => void,
  ): Promise<void> {
    const file = openSeekable(bundle);
    if (file === undefined) throw new FatalError('damaged', `${bundle} has no seek table`);
    try {
      for (const expected of readMembers(manifest)) {
        const { path, size, offset } = expected;
        const content = file.read(offset, size);
        const isNew = await this.#put({ path, size, expected, content });
        onSettled(isNew ? { done: 1, existing: 0, bytes: size } : { done: 0, existing: 1, bytes: 0 });
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
