import { resolve } from 'node:path';
import type { MemberLedger } from '@crates-mirror/bundle';
import { indexShard } from '@crates-mirror/crates-index/names';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';
import type { SizeOf } from '@crates-mirror/selection/selector';
import { SizeTable } from '../../sizes/size-table.ts';
import { LooseFiles } from '../store/loose-files.ts';
import { KnownSizes } from './known-sizes.ts';

export interface EntrySizesDeps {
  /** Directory of the mirror. */
  readonly out: string;
  readonly layout: string;
  /** Only in a run that bundles. */
  readonly members: MemberLedger | undefined;
  /** Memories of SizeTables, with the sizes found in upstream responses and manifests. */
  readonly learnt: readonly SharedArrayBuffer[];
}

/**
 * Looks up sizes of crate files in the records of earlier runs and in sidecars. Sends no requests.
 */
export function entrySizes({ out, layout: text, members, learnt }: EntrySizesDeps): SizeOf {
  const { root, ledgerDirectory } = mirrorHome(resolve(out));
  const layout = parseLayout(text);
  const tables = learnt.map((memory) => new SizeTable(memory));
  const known = new KnownSizes({
    files: new LooseFiles(root),
    ledger: new VerifiedLedger(ledgerDirectory, { isShared: true }),
    members,
    table: { sizeOf: (sha256) => tables.map((one) => one.sizeOf(sha256)).find((size) => size !== undefined) },
  });
  return ({ name, version, cksum: sha256 }) =>
    known.find({ shard: indexShard(name), path: layout.pathOf({ name, version, sha256 }), sha256 })?.size;
}
