import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DirectorySource, parseIndexFile, walkIndex } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { generatedBody, type SizeProfile, sizeProfile } from '@crates-mirror/sample-registry';

const LAYOUT = parseLayout('cargo');
/** Of the crate files that are there from the start: small, because there are so many. */
const OLD = sizeProfile(400);
/** Of those published later: like those of crates.io. */
const NEW = sizeProfile(14_000);

/** What happens to a crate on its day, with the upper end of its share of 1000 crates. */
const FATES = [
  ['new crate', 10],
  ['new version', 60],
  ['yanked', 80],
  ['version removed', 85],
  ['crate removed', 90],
  ['published anew', 95],
] as const;
type Fate = (typeof FATES)[number][0] | 'unchanged';

interface Line {
  readonly text: string;
  readonly path: string;
  readonly body: Buffer;
}

/** Counts of one day. */
export interface DayFigures {
  readonly crateFiles: number;
  readonly crateBytes: number;
  /** Bytes of index lines that were added, changed or removed. */
  readonly lineBytes: number;
}

/**
 * The near side of a gap: a real index, in git, and a mirror of all its versions with generated
 * crate files, which both change from day to day as crates.io does.
 */
export class NearSide {
  readonly #from: DirectorySource;
  readonly #files: readonly string[];
  readonly #days: number;
  readonly #per: number;
  readonly mirror: string;
  readonly index: string;

  /**
   * @param days after the first state
   * @param per crates of which the shares of fates are taken [1000]
   */
  constructor(from: string, directory: string, days: number, per = 1000) {
    this.#days = days;
    this.#from = new DirectorySource(from);
    this.#files = [...walkIndex(this.#from, 1000, () => {})].flatMap(({ files }) => files);
    this.#per = per;
    this.mirror = join(directory, 'mirror');
    this.index = join(directory, 'crates.io-index');
    mkdirSync(this.index, { recursive: true });
    writeFileSync(join(this.index, 'config.json'), '{"dl":"https://near.example"}\n');
    execFileSync('git', ['init', '--quiet'], { cwd: this.index });
  }

  /**
   * Brings index and mirror to the state of a day, and commits it.
   *
   * @param day 0 for the first state
   */
  become(day: number): DayFigures {
    const total = { crateFiles: 0, crateBytes: 0, lineBytes: 0 };
    for (const file of this.#files) {
      const { fate, day: own } = this.#lotOf(file);
      if (day > 0 && (fate === 'unchanged' || own !== day)) continue;
      const before = new Map(
        (day === 0 ? [] : this.#linesOn(file, day - 1)).map((line) => [line.text, line]),
      );
      const after = new Map(this.#linesOn(file, day).map((line) => [line.text, line]));
      this.#writeIndex(file, [...after.keys()]);
      for (const line of after.values()) if (!before.has(line.text)) this.#add(line, before, total);
      const paths = new Set([...after.values()].map(({ path }) => path));
      for (const { text, path } of before.values()) {
        if (!after.has(text)) total.lineBytes += text.length + 1;
        if (!paths.has(path)) remove(this.mirror, path);
      }
    }
    const identity = ['-c', 'user.name=near', '-c', 'user.email=near@example.org', '-c', 'gc.auto=0'];
    for (const args of [
      ['add', '--all'],
      ['commit', '--quiet', '--message', `day ${day}`],
    ])
      execFileSync('git', [...identity, ...args], { cwd: this.index });
    return total;
  }

  /** Paths of the index files of the first state and all days. */
  get files(): readonly string[] {
    return this.#files;
  }

  #add(
    { path, body, text }: Line,
    before: ReadonlyMap<string, Line>,
    total: { crateFiles: number; crateBytes: number; lineBytes: number },
  ): void {
    total.lineBytes += text.length + 1;
    const isThere = [...before.values()].some((one) => one.path === path && one.body.equals(body));
    if (isThere) return;
    total.crateFiles += 1;
    total.crateBytes += body.length;
    mkdirSync(dirname(join(this.mirror, path)), { recursive: true });
    writeFileSync(join(this.mirror, path), body);
  }

  #writeIndex(file: string, lines: readonly string[]): void {
    const path = join(this.index, file);
    if (lines.length === 0) remove(this.index, file);
    else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${lines.join('\n')}\n`);
    }
  }

  /** What happens to a crate, and when. */
  #lotOf(file: string): { readonly fate: Fate; readonly day: number } {
    const [lot, day] = new Uint32Array(createHash('sha256').update(file).digest().buffer.slice(0, 8));
    const [fate] = FATES.find(([, end]) => (lot ?? 0) % this.#per < end) ?? ['unchanged'];
    return { fate, day: 1 + ((day ?? 0) % this.#days) };
  }

  #linesOn(file: string, day: number): readonly Line[] {
    const content = readFileSync(join(this.#from.location.directory, file));
    const { entries } = parseIndexFile(content, file);
    const { fate, day: own } = this.#lotOf(file);
    const isBefore = day < own;
    if (fate === 'new crate' && isBefore) return [];
    if (fate === 'crate removed' && !isBefore) return [];
    return entries.flatMap((entry, i) => {
      const isLast = i === entries.length - 1;
      const isOnly = entries.length === 1;
      if (fate === 'new version' && isLast && isBefore && !isOnly) return [];
      if (fate === 'version removed' && i === 0 && !isBefore && !isOnly) return [];
      const { name, version, cksum, start, end } = entry;
      const isNew = fate === 'new crate' || (fate === 'new version' && isLast);
      const isAnew = fate === 'published anew' && isLast && !isBefore;
      const profile: SizeProfile = isNew || isAnew ? NEW : OLD;
      const body = generatedBody(name, isAnew ? `${version} anew` : version, profile);
      const sha256 = sha256Hex(body);
      const line = content.toString('utf8', start, end).trimEnd().replace(cksum, sha256);
      const isYanked = fate === 'yanked' && isLast && !isBefore;
      const text = isYanked ? line.replace(/"yanked":(true|false)/, '"yanked":true') : line;
      return [{ text, path: LAYOUT.pathOf({ name, version, sha256 }), body }];
    });
  }
}

/** Removes a file with the directories that are empty then, as git and the downloader do. */
function remove(root: string, path: string): void {
  rmSync(join(root, path), { force: true });
  try {
    for (let directory = dirname(path); directory !== '.'; directory = dirname(directory))
      rmdirSync(join(root, directory));
  } catch {
    // It has other files, or was never there.
  }
}
