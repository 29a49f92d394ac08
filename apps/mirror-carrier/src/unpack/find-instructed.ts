import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { indexShard } from '@crates-mirror/crates-index/names';
import { type Layout, parseCratePath } from '@crates-mirror/layout';
import { keyOfFile } from '@crates-mirror/removals';
import type { GoingFile } from '@crates-mirror/removals/going';
import type { HeldFile, RemovalPlace } from '@crates-mirror/removals/places';
import type { RemovalInstruction } from '../parcel/removal-list.ts';
import { passedOver } from './removal-places.ts';

/** Instructions by shard of the index, and in it by name and version. */
type Instructions = ReadonlyMap<string, ReadonlyMap<string, RemovalInstruction>>;

/** Crate files that instructions concern. */
export interface Instructed {
  readonly place: RemovalPlace;
  readonly files: readonly GoingFile[];
}

/**
 * Finds the verified crate files of a mirror that instructions concern.
 *
 * @param isDone whether the index already is in the state of the instructions: a file that it names
 *   is then kept, whatever an instruction about the index says
 */
export function findInstructed(
  instructions: Iterable<RemovalInstruction>,
  places: readonly RemovalPlace[],
  { layout, index, isDone }: { readonly layout: Layout; readonly index: string; readonly isDone: boolean },
): readonly Instructed[] {
  const byShard = group(instructions);
  const namedBy = new IndexChecksums(index);
  return places.map((place) => {
    const { kept, withdrawn } = passedOver(place);
    const files: GoingFile[] = [];
    for (const [shard, byVersion] of byShard)
      for (const file of place.holder.files(shard)) {
        const going = withdrawn.has(keyOfFile(file)) ? undefined : goingOf(file, layout, byVersion);
        if (going === undefined) continue;
        if (going.reason !== 'denied' && kept.has(keyOfFile(file))) continue;
        if (isDone && isOfIndex(going) && namedBy.has(going)) continue;
        if (place.holder.isThere(file)) files.push(going);
      }
    return { place, files };
  });
}

function group(instructions: Iterable<RemovalInstruction>): Instructions {
  const byShard = new Map<string, Map<string, RemovalInstruction>>();
  for (const instruction of instructions) {
    const shard = indexShard(instruction.name);
    const there = byShard.get(shard) ?? new Map<string, RemovalInstruction>();
    byShard.set(shard, there.set(`${instruction.name} ${instruction.version}`, instruction));
  }
  return byShard;
}

function goingOf(
  file: HeldFile,
  layout: Layout,
  instructions: ReadonlyMap<string, RemovalInstruction>,
): GoingFile | undefined {
  const crate = parseCratePath(file.path.split('/'));
  const instruction = crate && instructions.get(`${crate.name} ${crate.version}`);
  if (crate === undefined || instruction === undefined || instruction.stays === file.sha256) return undefined;
  // If the path has another form, it may belong to a different crate.
  if (layout.pathOf({ ...crate, sha256: file.sha256 }) !== file.path) return undefined;
  const { path, sha256, size, bundle } = file;
  const { reason, why } = instruction;
  return { path, sha256, size, bundle, ...crate, reason, why };
}

function isOfIndex({ reason }: GoingFile): boolean {
  return reason === 'left_index' || reason === 'checksum_changed';
}

/** The checksums that index files name. The file that was asked for last is kept. */
class IndexChecksums {
  readonly #directory: string;
  #path = '';
  #checksums: ReadonlyMap<string, string> = new Map();

  constructor(directory: string) {
    this.#directory = directory;
  }

  has({ name, version, sha256 }: GoingFile): boolean {
    const path = indexPath(name);
    if (path !== this.#path) {
      this.#path = path;
      this.#checksums = this.#read(path);
    }
    return this.#checksums.get(version) === sha256;
  }

  #read(path: string): ReadonlyMap<string, string> {
    let content: Buffer;
    try {
      content = readFileSync(join(this.#directory, path));
    } catch {
      return new Map();
    }
    return new Map(parseIndexFile(content, path).entries.map(({ version, cksum }) => [version, cksum]));
  }
}
