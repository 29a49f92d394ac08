import type { MemberLedger } from '@crates-mirror/bundle';
import type { VerifiedLedger } from '@crates-mirror/manifest';
import type { SizeSource } from '../../sizes/size-source.ts';
import type { SizeTable } from '../../sizes/size-table.ts';
import type { LooseFiles } from '../store/loose-files.ts';
import type { Target } from '../target.ts';
import { sidecarSize } from './sidecar-size.ts';

/** The size of a crate file, and its source. */
export interface KnownSize {
  /** In bytes. */
  readonly size: number;
  readonly source: SizeSource;
}

export interface KnownSizesOptions {
  readonly files: LooseFiles;
  readonly ledger: Pick<VerifiedLedger, 'sizeOf'>;
  /** Only in a run that bundles. */
  readonly members: Pick<MemberLedger, 'sizeOf'> | undefined;
  /** Sizes found in manifests; undefined if none was read. */
  readonly table: Pick<SizeTable, 'sizeOf'> | undefined;
}

/**
 * Looks up the sizes of crate files to download in the records that earlier runs made for the same
 * bytes.
 */
export class KnownSizes {
  readonly #options: KnownSizesOptions;

  constructor(options: KnownSizesOptions) {
    this.#options = options;
  }

  find(target: Pick<Target, 'shard' | 'path' | 'sha256'>): KnownSize | undefined {
    const { files, ledger, members, table } = this.#options;
    const { shard, path, sha256 } = target;
    if (sha256 === undefined) return undefined;
    return (
      known('bundles', members?.sizeOf(shard, path, sha256)) ??
      known('ledger', ledger.sizeOf(shard, path, sha256)) ??
      known('manifests', table?.sizeOf(sha256)) ??
      known('sidecars', sidecarSize(files, files.pathOf(target), sha256))
    );
  }
}

function known(source: SizeSource, size: number | undefined): KnownSize | undefined {
  return size === undefined ? undefined : { size, source };
}
