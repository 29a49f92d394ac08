import type { Place, WantedFile } from '@crates-mirror/crate-files';
import type { Entry } from '@crates-mirror/crates-index';
import { breathe } from '@crates-mirror/loose-tree';
import { checkMassRemoval } from '../index/mass-removal.ts';
import type { RemovalInstruction } from '../parcel/removal-list.ts';
import type { PackedParcel } from '../state/packed.ts';
import type { PackContext } from './context.ts';
import type { CratePacker } from './crate-packer.ts';
import type { IndexPacker } from './index-packer.ts';
import type { RefusedWriter } from './refused-list.ts';
import type { ChangeSink } from './selection.ts';

/** What a parcel is written to. */
export interface ParcelOutputs {
  readonly crates: CratePacker;
  readonly index: IndexPacker;
  readonly refused: RefusedWriter;
}

/** Adds changes to a parcel, and counts them. */
export class ParcelSink implements ChangeSink {
  readonly #context: PackContext;
  readonly #crates: CratePacker;
  readonly #index: IndexPacker;
  readonly #refused: RefusedWriter;
  #emptied = 0;

  constructor(context: PackContext, { crates, index, refused }: ParcelOutputs) {
    this.#context = context;
    this.#refused = refused;
    this.#crates = crates;
    this.#index = index;
  }

  async indexFile(path: string, content: Buffer): Promise<void> {
    this.#context.checkStopped();
    await this.#index.add(path, content);
    this.#context.report.indexFiles += 1;
  }

  goneFile(path: string, isEmptied: boolean): void {
    if (isEmptied) {
      this.#emptied += 1;
      return;
    }
    this.#index.remove(path);
    this.#context.report.indexFilesRemoved += 1;
  }

  async quick(wanted: WantedFile): Promise<boolean> {
    await breathe();
    this.#context.checkStopped();
    const size = this.#crates.packed.take(wanted) ?? (await this.#crates.addSmall(wanted));
    if (size !== undefined) this.#count(size);
    return size !== undefined;
  }

  async held(wanted: WantedFile, place: Place): Promise<void> {
    this.#context.checkStopped();
    const size = await this.#crates.add(wanted, place);
    if (size === undefined) {
      this.notHeld(wanted, ['every place where it was']);
      return;
    }
    this.#count(size);
  }

  #count(size: number): void {
    const { report, onAdvance } = this.#context;
    report.done += 1;
    report.bytes += size;
    onAdvance();
  }

  notHeld(wanted: WantedFile, damaged: readonly string[]): void {
    const { report, logger } = this.#context;
    this.#index.lack(wanted);
    report.notHeld += 1;
    if (damaged.length === 0) return;
    const where = `${wanted.name} ${wanted.version}`;
    const message = `damaged or lost: ${damaged.join(', ')}; it is not in this parcel`;
    logger.warn(`${where} is ${message}`);
    report.fail(where, message);
  }

  removed(removal: RemovalInstruction): void {
    this.#index.withdraw(removal);
    this.#context.report.removals += 1;
  }

  refused(entries: readonly Entry[]): void {
    this.#refused.add(entries);
    this.#context.report.refused += entries.length;
  }

  /** @throws UsageError if a large part of the index is gone */
  checkRemovals(base: PackedParcel | undefined): void {
    const { options, report } = this.#context;
    if (options.allowMassRemoval || base === undefined) return;
    const { files } = base.manifest.index_after;
    checkMassRemoval(report.indexFilesRemoved + this.#emptied, files, `index files in ${options.indexDir}`);
  }
}
