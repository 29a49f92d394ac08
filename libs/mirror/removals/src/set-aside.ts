import { randomUUID } from 'node:crypto';
import { constants, copyFileSync, linkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { errorCode } from '@crates-mirror/errors';
import { makeDirectories } from '@crates-mirror/fs-atomic';
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
    this.#journal ??= new RemovalJournal(mirrorHome(this.#root).removalsFile);
    this.#journal.plan([{ ...base, to }]);
    const kept = join(this.#root, HOME_DIRECTORY, to);
    makeDirectories(dirname(kept));
    keep(join(this.#root, file.path), kept);
  }
}

/** Links or copies the file, so that it stays in its place until the new one replaces it. */
function keep(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK'].includes(code)) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}
