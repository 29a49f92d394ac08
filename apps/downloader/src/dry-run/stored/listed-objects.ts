import { CRATES, pathVariants } from '@crates-mirror/bucket-mirror/keys';
import { KnownObjects } from '@crates-mirror/bucket-mirror/known-objects';
import { ObjectTable } from '@crates-mirror/bucket-mirror/object-table';
import { mirrorHome } from '@crates-mirror/layout';
import type { Target } from '../../lane/target.ts';
import type { Prospect } from '../protocol.ts';

/** Looks up crate files in a listing of a bucket. Sends no request, and writes nothing. */
export class ListedObjects {
  readonly #listed: ObjectTable;
  readonly #known: KnownObjects;

  /**
   * @param out the local directory of the mirror, with what earlier runs have learnt of the objects
   * @param memory of the ObjectTable
   */
  constructor(out: string, memory: SharedArrayBuffer) {
    this.#listed = new ObjectTable(memory);
    this.#known = new KnownObjects(mirrorHome(out).objectsDirectory, { isShared: true });
  }

  /**
   * @returns `toHash` if the object exists and a run would request its checksum; the size in bytes
   */
  look({ path, sha256 }: Pick<Target, 'path' | 'sha256'>): {
    readonly prospect: Prospect;
    readonly size: number;
  } {
    let prospect: Prospect = 'inPlace';
    let largest = 0;
    let expected = sha256;
    for (const key of pathVariants(CRATES + path)) {
      const size = this.#listed.sizeOf(key);
      if (size === undefined) return { prospect: 'toDownload', size: 0 };
      largest = Math.max(largest, size);
      const known = this.#known.find(key);
      expected ??= known?.sha256;
      if (known === undefined || !this.#listed.isSame({ key, ...known })) prospect = 'toHash';
      else if (known.sha256 !== expected) return { prospect: 'toDownload', size: 0 };
    }
    return { prospect, size: largest };
  }
}
