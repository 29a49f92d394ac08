import { randomUUID } from 'node:crypto';
import { dirname, join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { linkOrCopy, makeDirectories } from '@crates-mirror/fs-atomic';
import { HOME_DIRECTORY, mirrorHome } from '@crates-mirror/layout';
import { RemovalJournal } from './journal.ts';
import { quarantinePath, type Removal } from './removal.ts';

/** A verified crate file that is about to be replaced by another one. */
export type ReplacedFile = Pick<Removal, 'name' | 'version' | 'path' | 'sha256' | 'size'>;

/**
 * Quarantines crate files that are about to be replaced. Several threads may do so at the same
 * time. The run completes their planned removals when it ends.
 */
export class SetAside {
  readonly #root: string;
  #journal: RemovalJournal | undefined;

  constructor(root: string) {
    this.#root = root;
  }

  /** @param by the SHA-256 of the new file. @throws the system error */
  add(file: ReplacedFile, by: string): void {
    const base = {
      ...file,
      id: randomUUID(),
      action: 'quarantine',
      bundle: null,
      isReplaced: true,
      reason: 'checksum_changed',
      why: `the index names it with the checksum ${by}`,
      at: new Date().toISOString(),
    } as const;
    const to = quarantinePath(base);
    const { removalsFile, temporaryDirectory } = mirrorHome(this.#root);
    this.#journal ??= new RemovalJournal(removalsFile);
    this.#journal.plan([{ ...base, to }]);
    const kept = join(this.#root, HOME_DIRECTORY, to);
    for (const directory of [dirname(kept), temporaryDirectory]) makeDirectories(directory);
    keep(join(this.#root, file.path), kept, temporaryDirectory);
  }
}

/** Links or copies the file, so that it stays in its place until the new one replaces it. */
function keep(from: string, to: string, temporaryDirectory: string): void {
  try {
    linkOrCopy(from, to, temporaryDirectory);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
