import type { CrateFiles, LookupResult, Place, WantedFile } from '@crates-mirror/crate-files';
import { type CrateLines, type Entry, indexPath } from '@crates-mirror/crates-index';
import type { Reason, Selection } from '@crates-mirror/selection';
import { fixedPolicy, type Policy } from '@crates-mirror/selection/live';
import { LRUCache } from 'lru-cache';
import { Answer } from './answer.ts';
import { keepLines, usableLines } from './filter.ts';
import type { LiveIndex } from './live-index.ts';
import type { IndexFile } from './stable-file.ts';

/** How long an answer is reused without checking the file system. */
const FRESH_MS = 1000;
/**
 * How long files are assumed to be unchanged because their directory is. A truncated file does not
 * change its directory.
 */
const BELIEVED_MS = 60_000;
const MAX_BYTES = 48 << 20;

/** Why and since when a version is denied, as stated in the denylist. */
type Denial = Pick<Extract<Reason, { readonly rule: 'denied' }>, 'reason' | 'since'>;

/** An entry in the mirror's index. */
interface Known {
  readonly entry: Entry;
  readonly denial: Denial | undefined;
}

interface Placed extends Known {
  /** undefined if the mirror does not hold it */
  readonly place: Place | undefined;
}

interface KnownLines {
  readonly content: Buffer;
  readonly known: readonly Known[];
  readonly policy: Selection;
}

/** A version in the index. */
export interface IndexedVersion {
  readonly entry: Entry;
  /** Its line. */
  readonly line: string;
  /** undefined if the mirror does not hold it or does not serve it */
  readonly place: Place | undefined;
  /** Why it is not served; undefined if it is not denied. */
  readonly denial: Denial | undefined;
}

/** A crate file in the index, and its state in the mirror. */
export interface IndexedFile {
  readonly wanted: WantedFile;
  readonly result: LookupResult;
}

/**
 * The index limited to what this mirror can serve: each file has only the entries whose crate files
 * are there. Denied entries are included as yanked. cargo does not select such a version, but it
 * requests the crate file if a lock file names it, so that the user gets the reason.
 */
export class SparseIndex {
  readonly #index: LiveIndex;
  readonly #files: CrateFiles;
  readonly #policy: Policy;
  readonly #answers = new LRUCache<string, Answer>({
    maxSize: MAX_BYTES,
    sizeCalculation: (answer) => answer.memory,
  });
  readonly #renewing = new Map<string, Promise<Answer | undefined>>();

  /** @param policy selects the entries that are served [everything] */
  constructor(index: LiveIndex, files: CrateFiles, policy: Policy = fixedPolicy()) {
    this.#index = index;
    this.#files = files;
    this.#policy = policy;
  }

  /**
   * @throws CodedError if the index or the mirror is gone (unmounted, say) or cannot be checked now
   */
  async checkThere(): Promise<void> {
    await this.#index.checkThere();
    await this.#files.checkThere();
  }

  /**
   * The index file of a crate, at most a second old.
   *
   * @param name in any case
   * @returns undefined if the index does not have the crate, or none of its lines is served
   * @throws CodedError if this cannot be determined now
   */
  async find(name: string): Promise<Answer | undefined> {
    const path = indexPath(name);
    const known = this.#answers.get(path);
    const policy = await this.#policy.current();
    const isFresh = known?.origin.policy === policy && performance.now() - known.checkedAt < FRESH_MS;
    const answer = isFresh ? known : await this.#renewOnce(path);
    return answer === undefined || answer.bytes.length === 0 ? undefined : answer;
  }

  /**
   * The SHA-256 of a version's crate file in the index, held or not. A cached answer may be a
   * second out of date if it matches `expected`. If it does not, the index is read again first,
   * because another server of the same mirror may already have announced a change.
   *
   * @param expected the checksum that the client requests; undefined for any
   * @returns undefined if the index does not have the version
   * @throws CodedError as {@link find} does
   */
  async checksumOf(name: string, version: string, expected: string | undefined): Promise<string | undefined> {
    const path = indexPath(name);
    const known = this.#answers.get(path);
    const named = known?.checksumOf(version);
    const isExpected = named !== undefined && named === (expected ?? named);
    if (known !== undefined && isExpected && (await this.#isNamingStill(path, known))) return named;
    return (await this.#renewOnce(path))?.checksumOf(version);
  }

  /**
   * All versions of a crate in the index, held or not; undefined if it does not have the crate.
   * @throws CodedError as {@link find} does
   */
  async list(name: string): Promise<readonly IndexedVersion[] | undefined> {
    const { content, known, policy } = await this.#knownOf(name);
    const placed = await this.#placed(policy, indexPath(name), known);
    if (placed.length === 0) return undefined;
    return placed.map(({ entry, place, denial }) => {
      const line = content.toString('utf8', entry.start, entry.end);
      return { entry, line, place: denial === undefined ? place : undefined, denial };
    });
  }

  /**
   * The state of all crate files of a crate in the index.
   * @throws CodedError as {@link find} does
   */
  async look(name: string): Promise<readonly IndexedFile[]> {
    const wanted = (await this.#knownOf(name)).known.map(({ entry }) => wantedBy(entry));
    const results = await this.#files.lookAll(wanted);
    return results.map((result, i) => ({ wanted: wanted[i] as WantedFile, result }));
  }

  async #knownOf(name: string): Promise<KnownLines> {
    const path = indexPath(name);
    const content = (await this.#read(path))?.content ?? Buffer.alloc(0);
    const { entries } = usableLines(content, path);
    const policy = await this.#policy.current();
    return { content, known: knownOf(policy, { path, content, entries }), policy };
  }

  /** Places of the crate files. Those that are too large to be selected are left out. */
  async #placed(policy: Selection, path: string, known: readonly Known[]): Promise<readonly Placed[]> {
    const places = await this.#files.findAll(known.map(({ entry }) => wantedBy(entry)));
    return known
      .map((one, i) => ({ ...one, place: places[i] }))
      .filter(
        ({ entry, place }) =>
          place === undefined || policy.refusalBySize(path, entry.version, place.size) === undefined,
      );
  }

  /** If a file is missing, checks that the index itself is still there. */
  async #read(path: string): Promise<IndexFile | undefined> {
    const file = await this.#index.read(path);
    if (file === undefined) await this.#index.checkThere();
    return file;
  }

  /** Whether the index file is the one from which an answer was made. Ignores crate files. */
  async #isNamingStill(path: string, answer: Answer): Promise<boolean> {
    const now = performance.now();
    if (answer.origin.policy !== (await this.#policy.current())) return false;
    if (now - answer.indexCheckedAt < FRESH_MS) return true;
    if ((await this.#index.keyOf(path)) !== answer.origin.fileKey) return false;
    answer.indexCheckedAt = now;
    return true;
  }

  #renewOnce(path: string): Promise<Answer | undefined> {
    let renewing = this.#renewing.get(path);
    if (renewing === undefined) {
      renewing = this.#renew(path).finally(() => this.#renewing.delete(path));
      this.#renewing.set(path, renewing);
    }
    return renewing;
  }

  async #renew(path: string): Promise<Answer | undefined> {
    const known = this.#answers.get(path);
    const now = performance.now();
    const policy = await this.#policy.current();
    if (known?.origin.policy === policy && (await this.#isCurrent(path, known, now))) {
      known.checkedAt = now;
      known.indexCheckedAt = now;
      return known;
    }
    const answer = await this.#make(path, policy, now);
    if (answer === undefined) this.#answers.delete(path);
    else this.#answers.set(path, answer);
    return answer;
  }

  async #isCurrent(path: string, { origin, madeAt }: Answer, now: number): Promise<boolean> {
    if (origin.directories === undefined || now - madeAt > BELIEVED_MS) return false;
    if ((await this.#index.keyOf(path)) !== origin.fileKey) return false;
    const files = await this.#files.stateOf(origin.directories);
    return files.key === origin.filesKey && (origin.isComplete || files.additions === origin.additions);
  }

  async #make(path: string, policy: Selection, now: number): Promise<Answer | undefined> {
    const file = await this.#read(path);
    if (file === undefined) return undefined;
    const usable = usableLines(file.content, path);
    const known = knownOf(policy, { path, content: file.content, entries: usable.entries });
    const directories = this.#files.directoriesOf(known.map(({ entry }) => wantedBy(entry)));
    // The state is taken first: if it changes meanwhile, the next check finds a different one.
    const state = await this.#files.stateOf(directories ?? []);
    const placed = await this.#placed(policy, path, known);
    const denied = new Set(placed.filter(({ denial }) => denial !== undefined).map(({ entry }) => entry));
    const isDenied = (entry: Entry): boolean => denied.has(entry);
    const served = placed.filter(({ entry, place }) => place !== undefined || isDenied(entry));
    const isComplete = served.length === placed.length;
    const isAll = usable.isAll && placed.length === usable.entries.length;
    const isWhole = isAll && isComplete && placed.length > 0 && denied.size === 0;
    const lines = served.map(({ entry }) => entry);
    const bytes = isWhole ? file.content : keepLines(file.content, lines, isDenied);
    const missing = isComplete ? [] : placed.filter(({ place }) => place === undefined);
    const leftOut = new Map(missing.map(({ entry }) => [entry.version, entry.cksum]));
    const origin = {
      fileKey: file.key,
      filesKey: state.key,
      additions: state.additions,
      directories,
      isComplete,
      policy,
    };
    return new Answer(path, { bytes, leftOut }, Math.max(file.changedAt, state.changedAt), origin, now);
  }
}

/** The crate file promised by an entry. */
export function wantedBy({ name, version, cksum }: Entry): WantedFile {
  return { name, version, sha256: cksum };
}

/**
 * The entries of a crate in the mirror's index: those that are selected, and those that would be if
 * they were not denied.
 */
function knownOf(policy: Selection, crate: CrateLines): readonly Known[] {
  const decisions = policy.decide(crate);
  return crate.entries.flatMap((entry, i): Known[] => {
    const decision = decisions[i];
    if (decision === undefined) return [];
    if (decision.isSelected) return [{ entry, denial: undefined }];
    const { because, isSelectedOtherwise = false } = decision;
    return because.rule === 'denied' && isSelectedOtherwise ? [{ entry, denial: because }] : [];
  });
}
