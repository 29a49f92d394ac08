import { resolve } from 'node:path';
import { MemberLedger } from '@crates-mirror/bundle';
import { mirrorHome } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest/verified-ledger';
import { type Holder, LooseHolder, MemberHolder } from './held-files.ts';
import { RemovalJournal } from './journal.ts';
import type { Removal } from './removal.ts';
import { Remover } from './remover.ts';

export { type HeldFile, type Holder, LooseHolder } from './held-files.ts';

/** A directory that crate files can be removed from: the mirror or its folder of bundles. */
export interface RemovalPlace {
  readonly root: string;
  readonly journal: RemovalJournal;
  /** Undefined if there are no loose files. */
  readonly ledger: VerifiedLedger | undefined;
  readonly remover: Remover;
  readonly holder: Holder;
}

/** A place that is only read: to preview removals. */
export type ReadPlace = Pick<RemovalPlace, 'journal' | 'holder'>;

type Record = (removals: readonly Removal[]) => void;

/** The loose files, only read. @throws the system's error */
export function readLoosePlace(out: string): ReadPlace {
  const root = resolve(out);
  const { removalsFile, ledgerDirectory } = mirrorHome(root);
  const ledger = new VerifiedLedger(ledgerDirectory, { isShared: true });
  return { journal: new RemovalJournal(removalsFile), holder: new LooseHolder(root, ledger) };
}

/**
 * The bundles, only read.
 *
 * @param held the bundles whose members count
 * @throws the system's error
 */
export function readBundlePlace(directory: string, held: readonly string[]): ReadPlace {
  const { removalsFile, membersDirectory } = mirrorHome(resolve(directory));
  const holder = new MemberHolder(new MemberLedger(membersDirectory, held));
  return { journal: new RemovalJournal(removalsFile), holder };
}

/** The place of the loose files. @throws the system's error */
export function loosePlace(out: string, record: Record): RemovalPlace {
  const root = resolve(out);
  const { removalsFile, ledgerDirectory } = mirrorHome(root);
  const journal = new RemovalJournal(removalsFile);
  const ledger = new VerifiedLedger(ledgerDirectory);
  const remover = new Remover({ root, journal, ledger, record });
  return { root, journal, ledger, remover, holder: new LooseHolder(root, ledger) };
}

/**
 * The place of the bundles.
 *
 * @param held the bundles whose members count
 * @throws the system's error
 */
export function bundlePlace(directory: string, held: readonly string[], record: Record): RemovalPlace {
  const root = resolve(directory);
  const { removalsFile, membersDirectory } = mirrorHome(root);
  const journal = new RemovalJournal(removalsFile);
  const remover = new Remover({ root, journal, ledger: undefined, record });
  const holder = new MemberHolder(new MemberLedger(membersDirectory, held));
  return { root, journal, ledger: undefined, remover, holder };
}
