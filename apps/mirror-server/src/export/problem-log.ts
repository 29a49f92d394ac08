import { describePlace, type Place, type WantedFile } from '@crates-mirror/crate-files';
import type { IndexProblem } from '@crates-mirror/crates-index';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import type { Logger } from '@crates-mirror/logging';
import { formatCount } from '@crates-mirror/progress';
import type { DeniedFile } from './denied-files.ts';
import type { Tally } from './tally.ts';
import type { Withdrawn } from './withdrawn.ts';

/**
 * Limit for warnings during a run, and again at its end. Further ones are logged at debug level and
 * counted.
 */
const MAX_WARNINGS = 50;

/** Limit for withdrawn versions logged by name. */
const MAX_WITHDRAWN = 50;

/** Crate files with the same problem. */
interface Group {
  count: number;
  readonly first: string;
}

type Crate = Pick<WantedFile, 'name' | 'version'>;

/**
 * Counts and logs the problems of an export. Problems are grouped: a hundred crate files of one
 * damaged bundle take one line.
 */
export class ProblemLog {
  readonly #tally: Tally;
  readonly #logger: Logger;
  readonly #groups = new Map<string, Group>();
  #warnings = 0;
  #unsaid = 0;

  constructor(tally: Tally, logger: Logger) {
    this.#tally = tally;
    this.#logger = logger;
  }

  readonly onProblem = ({ file, line, message, count = 1 }: IndexProblem): void => {
    this.#tally.problems += count;
    this.#warn(`${line === 0 ? file : `${file}:${line}`}: ${message}`, count);
  };

  /** Called when a copy is damaged. There may be another copy. */
  readonly onDamage = (crate: Crate, place: Place): void => {
    this.#add(damagedIn(describePlace(place)), crate);
  };

  /** Called when a crate file that the mirror had verified is missing. */
  onGone(crate: Crate, path: string): void {
    this.#add(`gone from ${path}`, crate);
  }

  /** Called when a crate file in the mirror has been repaired. */
  onRepair(crate: Crate, path: string): void {
    this.#groups.delete(damagedIn(path));
    this.#logger.info(`repaired ${path}: ${nameOf(crate)}, of which the site has a whole copy`);
  }

  onFailedRepair(crate: Crate, error: unknown): void {
    this.#tally.problems += 1;
    this.#add(`cannot be repaired: ${errorMessage(error)}`, crate);
  }

  /** Called when a crate file could not be put in place. */
  readonly onFailure = (crate: Crate, error: unknown): void => {
    this.#tally.failed += 1;
    this.#tally.problems += 1;
    // Its damaged copies have already been reported.
    if (errorCode(error) === 'damaged') this.#logger.debug(`${nameOf(crate)}: ${errorMessage(error)}`);
    else this.#add(errorMessage(error), crate);
  };

  /** Called with the crate files in the site whose versions have left the index. */
  onWithdrawn(found: readonly Withdrawn[], removed: readonly Withdrawn[]): void {
    this.#tally.withdrawnRemoved = removed.length;
    const gone = new Set(removed);
    for (const [i, one] of found.entries()) {
      const what = gone.has(one) ? 'is removed' : 'stays';
      const level = i < MAX_WITHDRAWN ? 'info' : 'debug';
      this.#logger[level](`${nameOf(one)} has left the index: crates/${one.path} ${what}`);
    }
  }

  /** Called with the crate files in the site whose versions are denied. */
  onDenied(removed: readonly DeniedFile[]): void {
    for (const [i, one] of removed.entries()) {
      const level = i < MAX_WITHDRAWN ? 'info' : 'debug';
      this.#logger[level](`${nameOf(one)} is ${one.why}. crates/${one.path} is removed`);
    }
  }

  /** Logs the grouped problems. */
  finish(): void {
    // However many warnings the index caused, bundles get a limit of their own.
    this.#warnings = 0;
    for (const [what, { count, first }] of this.#groups)
      this.#warn(
        `${what}: ${count === 1 ? first : `${formatCount(count)} crate files, ${first} the first`}`,
        count,
      );
    if (this.#unsaid > 0)
      this.#logger.warn(`${formatCount(this.#unsaid)} more problems: --log-level debug shows them`);
  }

  /** Not a problem: most mirrors are incomplete. @param crate its name and version */
  onMissing(crate: string, why: string): void {
    this.#logger.debug(`not in the mirror: ${crate} (${why})`);
  }

  #add(what: string, crate: Crate): void {
    const first = nameOf(crate);
    this.#logger.debug(`${what}: ${first}`);
    const group = this.#groups.get(what);
    if (group !== undefined) group.count += 1;
    else this.#groups.set(what, { count: 1, first });
  }

  #warn(text: string, count: number): void {
    this.#warnings += 1;
    if (this.#warnings > MAX_WARNINGS) this.#unsaid += count;
    this.#logger[this.#warnings > MAX_WARNINGS ? 'debug' : 'warn'](text);
  }
}

function damagedIn(path: string): string {
  return `damaged in ${path}`;
}

function nameOf({ name, version }: Crate): string {
  return `${name} ${version}`;
}
