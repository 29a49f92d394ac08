import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCrateName } from '@crates-mirror/crates-index/names';
import { CodedError, errorCode, errorMessage, UsageError, unreadable } from '@crates-mirror/errors';
import { type Advisory, isAffected, parseAdvisory } from './advisory.ts';

/** bytes; the largest of RustSec's advisories have about 10 kB */
const LARGEST = 1 << 20;
/** Below the database's root. */
const CRATES = 'crates';
/** Flags for untrusted files: a link could lead anywhere, and reading a pipe would block. */
const SAFELY = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * RustSec's advisory database, a checkout of https://github.com/rustsec/advisory-db:
 * `crates/{crate}/{id}.md`. Advisories are read on every lookup, so an update needs no restart.
 */
export class AdvisoryDatabase {
  readonly root: string;
  readonly #onProblem: (message: string) => void;
  readonly #reported = new Set<string>();

  /**
   * @param onProblem called once for each unusable file.
   * @throws UsageError if there is no database
   */
  static open(root: string, onProblem: (message: string) => void): AdvisoryDatabase {
    const directory = join(root, CRATES);
    try {
      readdirSync(directory);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw unreadable('--advisories', directory, error);
      throw new UsageError(`--advisories: ${root} has no directory ${CRATES}`, {
        hint: 'Name a checkout of https://github.com/rustsec/advisory-db',
      });
    }
    return new AdvisoryDatabase(root, onProblem);
  }

  private constructor(root: string, onProblem: (message: string) => void) {
    this.root = root;
    this.#onProblem = onProblem;
  }

  /** Names of the crates with advisories. @throws the system error */
  names(): ReadonlySet<string> {
    return new Set(readdirSync(join(this.root, CRATES)).filter(isCrateName));
  }

  /** The advisories for a crate, except withdrawn ones, by id. Reports and skips unusable files. */
  of(name: string): readonly Advisory[] {
    if (!isCrateName(name)) return [];
    const directory = `${CRATES}/${name}`;
    const advisories = this.#list(directory).flatMap((file) => this.#read(`${directory}/${file}`));
    return advisories.filter((advisory) => advisory.package === name && advisory.withdrawn === undefined);
  }

  /** The advisories that affect a version. */
  about(name: string, version: string): readonly Advisory[] {
    return this.of(name).filter((advisory) => isAffected(advisory, version));
  }

  #list(directory: string): readonly string[] {
    try {
      const files = readdirSync(join(this.root, directory));
      return files.filter((file) => file.endsWith('.md')).sort();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.#report(directory, `cannot be read: ${errorMessage(error)}`);
      return [];
    }
  }

  #read(file: string): readonly Advisory[] {
    try {
      return [parseAdvisory(readSafely(join(this.root, file)))];
    } catch (error) {
      const isFlaw = errorCode(error) === 'bad_advisory';
      this.#report(file, isFlaw ? errorMessage(error) : `cannot be read: ${errorMessage(error)}`);
      return [];
    }
  }

  #report(path: string, what: string): void {
    const message = `--advisories: ${join(this.root, path)} ${what}`;
    if (this.#reported.has(message)) return;
    this.#reported.add(message);
    this.#onProblem(message);
  }
}

function readSafely(path: string): string {
  const fd = openSync(path, SAFELY);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile()) throw new CodedError('bad_advisory', 'is no file');
    if (stats.size > LARGEST) throw new CodedError('bad_advisory', `has more than ${LARGEST} bytes`);
    return readFileSync(fd, 'utf8');
  } finally {
    closeSync(fd);
  }
}
