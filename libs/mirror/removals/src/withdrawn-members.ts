import { stat } from 'node:fs/promises';
import { errorCode } from '@crates-mirror/errors';
import { mirrorHome } from '@crates-mirror/layout';
import { RemovalJournal } from './journal.ts';

/** Identifies a crate file by its index entry. */
export interface MemberId {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** The members of a folder's bundles that are no longer served, read from its journal. */
export class WithdrawnMembers {
  readonly #path: string;
  #key = '';
  #members: ReadonlySet<string> = new Set();

  /** @param directory the folder of bundles */
  constructor(directory: string) {
    this.#path = mirrorHome(directory).removalsFile;
  }

  has(member: MemberId): boolean {
    return this.#members.size > 0 && this.#members.has(keyOf(member));
  }

  /**
   * Reads the journal if it has changed. If it is missing or cannot be read, the withdrawn members
   * stay the same.
   *
   * @returns whether the withdrawn members have changed.
   * @throws the system error
   */
  async refresh(): Promise<boolean> {
    const key = await stateOf(this.#path);
    if (key === this.#key || key === undefined) return false;
    const members = new Set(
      new RemovalJournal(this.#path)
        .removals('done')
        .filter(({ action }) => action === 'withdraw')
        .map(keyOf),
    );
    this.#key = key;
    const isSame = members.size === this.#members.size && [...members].every((one) => this.#members.has(one));
    this.#members = members;
    return !isSame;
  }
}

function keyOf({ name, version, sha256 }: MemberId): string {
  return `${name} ${version} ${sha256}`;
}

/** undefined if the file does not exist */
async function stateOf(path: string): Promise<string | undefined> {
  try {
    const { ino, size, mtimeMs } = await stat(path);
    return `${ino}:${size}:${mtimeMs}`;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error))) return undefined;
    throw error;
  }
}
