import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { WantedFile } from '@crates-mirror/crate-files';
import { FatalError, UsageError } from '@crates-mirror/errors';
import { makeDirectories, renameNew } from '@crates-mirror/fs-atomic';
import { parcelName, volumeName } from '../parcel/names.ts';
import { readNotHeld } from '../parcel/not-held.ts';
import { findPacked, lastPacked, type PackedParcel } from '../state/packed.ts';
import type { BuiltParcel } from './build-parcel.ts';
import type { Staging } from './staging.ts';

const TREE = 'tree:';
const HINT =
  'Copy it from where the parcel is kept, or remove the parcel and pack a new one with the same receipt';

/** The parcel packed last, as it was made: what its volumes were can be made again of the same mirror and index. */
export class ParcelAgain {
  readonly base: PackedParcel | undefined;
  readonly packedAt: Date;
  readonly volumeSize: number;
  readonly #parcel: PackedParcel;
  readonly #number: number;
  readonly #notHeld: ReadonlySet<string>;

  /**
   * @param number of the volume, 1-based
   * @throws UsageError where there was no such volume, or it is there already
   */
  static open(mirror: string, to: string, number: number): ParcelAgain {
    const parcel = lastPacked(mirror);
    if (parcel === undefined)
      throw new UsageError(`--again: no parcel of ${mirror} was packed yet`, { hint: 'Leave --again out' });
    const { sequence, parent, volumes } = parcel.manifest;
    if (number > volumes.length)
      throw new UsageError(
        `--again: parcel ${sequence} has ${volumes.length} volumes, and no volume ${number}`,
      );
    const again = new ParcelAgain(
      parcel,
      parent === null ? undefined : baseOf(mirror, sequence, parent),
      number,
    );
    if (existsSync(again.#placeIn(to)))
      throw new UsageError(`--to: ${again.#placeIn(to)} is there already`, {
        hint: 'Move it away, or name another directory',
      });
    return again;
  }

  private constructor(parcel: PackedParcel, base: PackedParcel | undefined, number: number) {
    const { packed_at, volume_size } = parcel.manifest;
    this.base = base;
    this.packedAt = new Date(packed_at);
    this.volumeSize = volume_size;
    this.#parcel = parcel;
    this.#number = number;
    this.#notHeld = new Set(Array.from(readNotHeld(parcel.notHeldFile), keyOf));
  }

  /** The git tree that the parcel is of; undefined of an index of plain files. */
  get tree(): string | undefined {
    const { id } = this.#parcel.manifest.index_after;
    return id.startsWith(TREE) ? id.slice(TREE.length) : undefined;
  }

  /** Whether the mirror did not hold a version when the parcel was packed, whatever it holds now. */
  wasNotHeld(wanted: WantedFile): boolean {
    return this.#notHeld.has(keyOf(wanted));
  }

  /**
   * Moves the volume to where it belongs, if it has come out as it was.
   *
   * @returns where it is. @throws FatalError
   */
  take(staging: Staging, built: BuiltParcel | undefined, to: string): string {
    const { sequence, index_after, volumes } = this.#parcel.manifest;
    const name = `volume ${this.#number} of parcel ${sequence}`;
    if (built?.manifest.index_after.id !== index_after.id)
      throw new FatalError('changed', `${name} cannot be made again: the index has changed since`, {
        hint: HINT,
      });
    const now = new Map(built.manifest.volumes[this.#number - 1]?.files.map((file) => [file.name, file]));
    const other = volumes[this.#number - 1]?.files.find((file) => now.get(file.name)?.sha256 !== file.sha256);
    if (other !== undefined)
      throw new FatalError('changed', `${name} cannot be made again: ${other.name} is not what it was`, {
        hint: HINT,
      });
    const place = this.#placeIn(to);
    makeDirectories(join(place, '..'));
    renameNew(staging.at(volumeName(this.#number)), place);
    return place;
  }

  #placeIn(to: string): string {
    return join(to, parcelName(this.#parcel.manifest.sequence), volumeName(this.#number));
  }
}

function baseOf(mirror: string, sequence: number, parent: string): PackedParcel {
  const base = findPacked(mirror, sequence - 1, parent);
  if (base !== undefined) return base;
  throw new UsageError(
    `--again: ${mirror} knows nothing of parcel ${sequence - 1}, which this one goes on from`,
  );
}

function keyOf({ name, version, sha256 }: WantedFile): string {
  return `${name} ${version} ${sha256}`;
}
