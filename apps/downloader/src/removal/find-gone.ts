import { setImmediate as nextTurn } from 'node:timers/promises';
import { indexPath, walkIndex } from '@crates-mirror/crates-index';
import { FatalError } from '@crates-mirror/errors';
import { type Layout, parseCratePath } from '@crates-mirror/layout';
import { keyOfFile } from '@crates-mirror/removals';
import type { GoingFile } from '@crates-mirror/removals/going';
import type { HeldFile, Holder } from '@crates-mirror/removals/places';
import { describeReason } from '@crates-mirror/selection';
import { type FileSays, type IndexSays, type Said, unreadable } from './index-says.ts';
import type { PassedOver } from './passed-over.ts';

const FILES_A_TURN = 256;

/** A crate file that is no longer to be mirrored, and who holds it. */
export interface GoneFile extends GoingFile {
  readonly holder: Holder;
}

export interface Findings {
  readonly gone: readonly GoneFile[];
  /** Total number of crate files that the mirror holds. */
  readonly held: number;
}

/**
 * Finds the files that a mirror holds but no longer needs, by comparing the whole index with
 * everything that was verified.
 */
export class GoneFinder {
  readonly #says: IndexSays;
  readonly #layout: Layout;
  readonly #holders: readonly Holder[];
  readonly #passedOver: PassedOver;

  constructor(says: IndexSays, layout: Layout, holders: readonly Holder[], passedOver: PassedOver) {
    this.#says = says;
    this.#layout = layout;
    this.#holders = holders;
    this.#passedOver = passedOver;
  }

  /** @throws FatalError when a part of the index cannot be read, or no version is selected */
  async find(isStopped: () => boolean): Promise<Findings> {
    const gone: GoneFile[] = [];
    let held = 0;
    const left = new Set(this.#holders.flatMap((holder) => holder.shards()));
    const judgeShard = (shard: string, files: ReadonlyMap<string, FileSays>): void => {
      left.delete(shard);
      for (const holder of this.#holders)
        for (const file of holder.files(shard)) {
          held += 1;
          const found = this.#judge(file, holder, (name) => files.get(indexPath(name)) ?? 'absent');
          if (found !== undefined) gone.push(found);
        }
    };
    let isAnySelected = false;
    let shard = '';
    let files = new Map<string, FileSays>();
    for (const batch of walkIndex(this.#says.source, FILES_A_TURN, ({ file, message }) => {
      throw unreadable(`${file} ${message}`);
    })) {
      await nextTurn();
      if (isStopped()) return { gone: [], held };
      if (batch.shard !== shard) {
        if (shard !== '') judgeShard(shard, files);
        ({ shard } = batch);
        files = new Map();
      }
      for (const file of batch.files) {
        const says = this.#says.ofFile(file);
        isAnySelected ||= hasSelected(says);
        files.set(file, says);
      }
    }
    if (shard !== '') judgeShard(shard, files);
    for (const other of [...left]) judgeShard(other, new Map());
    this.#says.checkThere();
    if (!isAnySelected && gone.some(({ reason }) => reason !== 'denied')) throw nothingSelected();
    return { gone, held };
  }

  /**
   * Whether, some time later, a file is still to be removed and is in place as verified.
   *
   * @throws FatalError as {@link find} does
   */
  isStillGone(file: GoneFile): boolean {
    const again = this.#judge(file, file.holder, (name) => this.#says.ofFile(indexPath(name)));
    return again?.reason === file.reason && file.holder.isThere(file);
  }

  #judge(file: HeldFile, holder: Holder, saysOf: (name: string) => FileSays): GoneFile | undefined {
    if (this.#passedOver.withdrawn.has(keyOfFile(file))) return undefined;
    const crate = parseCratePath(file.path.split('/'));
    // If the path has another form, it may belong to a different crate.
    if (crate === undefined || this.#layout.pathOf({ ...crate, sha256: file.sha256 }) !== file.path)
      return undefined;
    const denial = this.#says.denialOf(crate.name, crate.version);
    // Denied files are removed even if the index has no information on them, or if a user restored
    // them before they were denied.
    if (denial !== undefined)
      return { ...file, ...crate, reason: 'denied', why: describeReason(denial.because), holder };
    if (this.#passedOver.kept.has(keyOfFile(file))) return undefined;
    const says = saysOf(crate.name);
    if (says === 'doubtful') return undefined;
    const said = says === 'absent' ? undefined : says.get(file.path);
    const verdict = this.#verdictOn({ ...file, ...crate }, said);
    return verdict === undefined ? undefined : { ...file, ...crate, ...verdict, holder };
  }

  /** Returns undefined for a file that is to be kept as it is. */
  #verdictOn(
    { name, version, sha256, size }: HeldFile & Pick<GoneFile, 'name' | 'version'>,
    said: Said | undefined,
  ): Pick<GoneFile, 'reason' | 'why'> | undefined {
    if (said === undefined)
      return { reason: 'left_index', why: describeReason(this.#says.ofAbsent(name, version).because) };
    if (said.sha256 !== sha256)
      return { reason: 'checksum_changed', why: `the index names it with the checksum ${said.sha256}` };
    const { isSelected, because } = said.decision.isSelected
      ? (this.#says.refusalBySize(name, version, size) ?? said.decision)
      : said.decision;
    // Lock files may refer to a yanked version.
    if (isSelected || because.rule === 'yanked') return undefined;
    return { reason: 'not_selected', why: `the selection leaves it out: ${describeReason(because)}` };
  }
}

function hasSelected(says: FileSays): boolean {
  return typeof says !== 'string' && [...says.values()].some(({ decision }) => decision.isSelected);
}

/** For example with an empty list of names: all of a small mirror would go. */
function nothingSelected(): FatalError {
  return new FatalError('nothing_selected', 'nothing is removed: no version of the index is selected', {
    hint: 'Check --index-dir and the options that select crates',
  });
}
