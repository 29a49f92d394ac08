import { UsageError } from '@crates-mirror/errors';
import { checkMassRemoval } from '../index/mass-removal.ts';
import type { ParcelFile, SidecarScope } from '../parcel/manifest.ts';
import { SIDECARS_REMOVED_NAME, sidecarArchiveName } from '../parcel/names.ts';
import { countSidecars, sidecarChanges } from '../sidecars/sidecar-changes.ts';
import { ArchivePacker } from './archive-packer.ts';
import type { PackContext } from './context.ts';
import { PlainFile } from './plain-file.ts';

export interface SidecarPackerOptions {
  /** The directory of sidecars. */
  readonly root: string;
  /** Directory of the unfinished parcel. */
  readonly directory: string;
  readonly archiveSize: number;
  readonly packedAt: Date;
  /** File for the state that the parcel leads to. */
  readonly stateFile: string;
  /** File with the state that the receiver has; undefined if it has none. */
  readonly before: string | undefined;
}

/** Writes a parcel's sidecars: archives of changed ones, and a list of removed ones. */
export class SidecarPacker {
  readonly scope: SidecarScope;
  readonly #options: SidecarPackerOptions;
  readonly #archives: ArchivePacker;
  readonly #lists: ParcelFile[] = [];
  #removed: PlainFile | undefined;

  constructor(options: SidecarPackerOptions) {
    const { directory, archiveSize, packedAt, before } = options;
    this.scope = before === undefined ? 'all' : 'changes';
    this.#options = options;
    this.#archives = new ArchivePacker({
      directory,
      kind: 'sidecars',
      nameOf: sidecarArchiveName,
      archiveSize,
      packedAt,
    });
  }

  get finished(): readonly ParcelFile[] {
    return [...this.#archives.finished, ...this.#lists];
  }

  /** @throws UsageError if sidecars cannot be read, or there are none, or many are gone */
  async pack({ report, options, checkStopped }: PackContext): Promise<void> {
    const { root, directory, before, stateFile } = this.#options;
    for (const { path, content } of sidecarChanges(root, before, stateFile)) {
      checkStopped();
      if (content === undefined) {
        this.#removed ??= new PlainFile(directory, SIDECARS_REMOVED_NAME);
        this.#removed.write(Buffer.from(`${path}\n`));
        report.sidecarsRemoved += 1;
      } else {
        await this.#archives.add(path, content);
        report.sidecars += 1;
      }
    }
    if (before === undefined && report.sidecars === 0)
      throw new UsageError(`--sidecars: ${root} has no sidecars`, {
        hint: 'Have sidecar-generator write them there: one file for each version',
      });
    if (before !== undefined && !options.allowMassRemoval)
      checkMassRemoval(report.sidecarsRemoved, countSidecars(before), `sidecars in ${root}`);
    await this.#archives.finish();
    if (this.#removed !== undefined)
      this.#lists.push(this.#removed.finish('sidecars-removed', SIDECARS_REMOVED_NAME));
  }

  /** Closes unfinished files. */
  abandon(): void {
    this.#archives.abandon();
    this.#removed?.discard();
  }
}
