import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMembers } from '@crates-mirror/bundle';
import { bundleNumber } from '@crates-mirror/bundle/names';
import { FatalError, UsageError } from '@crates-mirror/errors';
import { flushDirectory, makeDirectories, renameNew, writeFileAtomic } from '@crates-mirror/fs-atomic';
import { sha256File } from '@crates-mirror/hashing/sha256';
import type { PackOptions } from '../options.ts';
import type { ParcelFile } from '../parcel/manifest.ts';
import { MANIFEST_NAME, parcelName, SUMS_NAME, volumeName } from '../parcel/names.ts';
import { volumeSums } from '../parcel/sums.ts';
import { BESIDE_VOLUMES, putBack } from '../state/kept-volumes.ts';
import { lastPacked, type PackedParcel } from '../state/packed.ts';
import { frameSizeOf } from './bundle-size.ts';
import type { PackContext, PackJob } from './context.ts';
import { CratePacker } from './crate-packer.ts';
import { Staging } from './staging.ts';

const HINT =
  'Copy it from where the parcel is kept, or remove the parcel and pack a new one with the same receipt';

/**
 * Rebuilds a volume of the parcel packed last. Its bundles are rebuilt from the mirror, everything
 * else was kept. Other volumes are not rebuilt.
 */
export class VolumeAgain implements PackJob {
  readonly #parcel: PackedParcel;
  readonly #number: number;
  readonly #to: string;
  readonly #staging: Staging;

  /** @throws UsageError if there was no such volume, or the destination already exists */
  static open({ mirror, to, again: number = 1 }: PackOptions): VolumeAgain {
    const parcel = lastPacked(mirror);
    if (parcel === undefined)
      throw new UsageError(`--again: no parcel of ${mirror} was packed yet`, { hint: 'Leave --again out' });
    const { sequence, volumes } = parcel.manifest;
    if (number > volumes.length)
      throw new UsageError(
        `--again: parcel ${sequence} has ${volumes.length} volumes, and no volume ${number}`,
      );
    const place = join(to, parcelName(sequence), volumeName(number));
    if (existsSync(place))
      throw new UsageError(`--to: ${place} is there already`, {
        hint: 'Move it away, or name another directory',
      });
    return new VolumeAgain(parcel, number, to);
  }

  private constructor(parcel: PackedParcel, number: number, to: string) {
    this.#parcel = parcel;
    this.#number = number;
    this.#to = join(to, parcelName(parcel.manifest.sequence));
    this.#staging = Staging.openPart(to, parcel.manifest.sequence);
  }

  async run(context: PackContext): Promise<string> {
    const files = this.#parcel.manifest.volumes[this.#number - 1]?.files ?? [];
    const directory = this.#staging.at(volumeName(this.#number));
    makeDirectories(directory);
    for (const file of files)
      if (file.kind !== 'bundle' && file.kind !== 'bundle-sums') await this.#put(file);
    for (const file of files) if (file.kind === 'bundle') await this.#make(file, directory, context);
    for (const { name, sha256 } of files) {
      context.checkStopped();
      const path = join(directory, name);
      if (!existsSync(path) || sha256File(path).sha256 !== sha256)
        throw this.#impossible(`${name} is not what it was`);
    }
    writeFileAtomic(join(directory, SUMS_NAME), volumeSums(files), { durable: true });
    flushDirectory(directory);
    const place = join(this.#to, volumeName(this.#number));
    makeDirectories(this.#to);
    this.#putBeside();
    renameNew(directory, place);
    return context.options.logFormat === 'json'
      ? `${JSON.stringify({ volume: place })}\n`
      : `Packed again: ${place}\n`;
  }

  close(): void {
    this.#staging.discard();
  }

  async #put({ name }: ParcelFile): Promise<void> {
    const to = this.#staging.at(volumeName(this.#number), name);
    if (!(await putBack(this.#parcel.volumesDirectory, name, to)))
      throw this.#impossible(`${name} was not kept`);
  }

  /** Rebuilds a bundle from its list of members, which is already in place. */
  async #make({ name }: ParcelFile, directory: string, context: PackContext): Promise<void> {
    const { manifest } = this.#parcel;
    const entry = manifest.bundles.find(({ path }) => path === name);
    const { files, layout, options, report, onAdvance, checkStopped } = context;
    const bundles = this.#staging.bundles;
    const crates = await CratePacker.open(files, {
      mirror: options.mirror,
      directory: bundles,
      layout,
      firstNumber: bundleNumber(name) ?? 1,
      frameSize: frameSizeOf(manifest.volume_size),
      bundleSize: Number.MAX_SAFE_INTEGER,
    });
    try {
      for (const wanted of readMembers(join(directory, entry?.manifest ?? ''))) {
        checkStopped();
        const size = await crates.addHeld(wanted);
        if (size === undefined)
          throw this.#impossible(`the mirror does not hold ${wanted.name} ${wanted.version} any more`);
        report.done += 1;
        report.bytes += size;
        onAdvance();
      }
      await crates.finish();
    } catch (error) {
      await crates.abandon();
      throw error;
    }
    for (const made of [name, `${name}.sha256`])
      if (existsSync(join(bundles, made))) renameNew(join(bundles, made), join(directory, made));
    this.#staging.clear();
  }

  /** Restores the files beside the volumes, which were stored with the first volume. */
  #putBeside(): void {
    const { volumesDirectory, manifestFile } = this.#parcel;
    const kept = BESIDE_VOLUMES.map((name) => [join(volumesDirectory, name), name] as const);
    for (const [from, name] of [[manifestFile, MANIFEST_NAME] as const, ...kept])
      if (existsSync(from) && !existsSync(join(this.#to, name)))
        writeFileAtomic(join(this.#to, name), readFileSync(from));
  }

  #impossible(why: string): FatalError {
    const name = `volume ${this.#number} of parcel ${this.#parcel.manifest.sequence}`;
    return new FatalError('changed', `${name} cannot be made again: ${why}`, { hint: HINT });
  }
}
