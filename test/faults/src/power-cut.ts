import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, statSync, truncateSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { records, runTool, startTool } from '@crates-mirror/e2e/tools';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { makeShim, missingShim } from './disk-shim.ts';
import { assertWhole, MODES, type Mode } from './modes.ts';
import { endOf } from './troubled-run.ts';

/** Approximate number of file operations in a whole run: a cut may come after its end, too. */
const OPERATIONS: Readonly<Record<Mode['name'], number>> = { loose: 700, only: 900, add: 1400 };

/** The operations of a process before the power cut, from its log. */
export class DiskHistory {
  /** Flushed bytes of each file that has unflushed ones. */
  readonly uncertain = new Map<string, number>();
  /**
   * Renames since the last flush of any file, which a journal may not contain yet, the newest last.
   */
  readonly renames: { readonly from: string; readonly to: string; readonly isReplacing: boolean }[] = [];
  readonly #certain = new Map<string, number>();

  constructor(log: string) {
    for (const line of log.split('\n')) this.#take(line.split('\t'));
  }

  #take([kind, path = '', more = '', isReplacing]: readonly string[]): void {
    if (kind === 'write') {
      if (!this.uncertain.has(path)) this.uncertain.set(path, this.#certain.get(path) ?? 0);
    } else if (kind === 'sync') {
      this.uncertain.delete(path);
      this.#certain.set(path, Number(more));
      this.renames.length = 0;
    } else if (kind === 'rename') this.#move(path, more, isReplacing === '1');
    else if (kind === 'unlink') this.#forget(path);
  }

  #move(from: string, to: string, isReplacing: boolean): void {
    this.renames.push({ from, to, isReplacing });
    const uncertain = this.uncertain.get(from);
    const certain = this.#certain.get(from);
    this.#forget(to);
    if (uncertain !== undefined) this.uncertain.set(to, uncertain);
    if (certain !== undefined) this.#certain.set(to, certain);
    this.#forget(from);
  }

  #forget(path: string): void {
    this.uncertain.delete(path);
    this.#certain.delete(path);
  }
}

/**
 * Changes a tree to a state that a file system with a metadata journal (ext4 with data=ordered,
 * XFS) may have after a power cut: of unflushed data any prefix is kept, with the time of the whole
 * file, and any of the last renames are undone. A rename over another file is kept, with everything
 * before it.
 *
 * @returns how many files were truncated, and how many renames undone
 */
export function cutPower(
  { uncertain, renames }: DiskHistory,
  random: () => number,
): { cut: number; undone: number } {
  let cut = 0;
  for (const [path, certain] of uncertain) {
    if (!existsSync(path) || random() < 0.5) continue;
    const { size, atimeMs, mtimeMs } = statSync(path);
    if (size <= certain) continue;
    truncateSync(path, certain + Math.floor((size - certain) * (random() < 0.5 ? 0 : random())));
    utimesSync(path, atimeMs / 1000, mtimeMs / 1000);
    cut += 1;
  }
  let undone = 0;
  const most = Math.floor(random() * (renames.length + 1));
  for (const { from, to, isReplacing } of renames.toReversed().slice(0, most)) {
    if (isReplacing || !existsSync(to) || existsSync(from)) break;
    renameSync(to, from);
    undone += 1;
  }
  return { cut, undone };
}

/**
 * Paths of requests for what a manifest has as held in a bundle. Only whole lines count: no reader
 * uses a truncated last line, which is removed.
 */
export async function recorded(manifest: string): Promise<Set<string>> {
  if (!existsSync(manifest)) return new Set();
  const text = readFileSync(manifest, 'utf8');
  truncateSync(manifest, Buffer.byteLength(text.slice(0, text.lastIndexOf('\n') + 1)));
  const reported = await records(manifest);
  return new Set(
    reported.filter(({ ok, storage }) => ok && storage === 'bundle').map(({ url }) => new URL(url).pathname),
  );
}

async function run({ ground, random, directory: cwd, t }: Round): Promise<Figures> {
  const mode = pick(random, MODES);
  let requested: string[] = [];
  const upstream = await ground.serve(t, (path) => {
    requested.push(path);
    return undefined;
  });
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const log = join(cwd, 'disk.log');
  const tool = startTool(t, 'downloader', args, cwd, {
    LD_PRELOAD: makeShim(),
    SHIM_UNDER: cwd,
    SHIM_LOG: log,
    SHIM_CUT_AT: String(1 + Math.floor(random() * OPERATIONS[mode.name])),
  });
  const { code } = await endOf(tool);
  const { cut, undone } = cutPower(new DiskHistory(readFileSync(log, 'utf8')), random);
  const promised = await recorded(join(cwd, 'all.jsonl'));
  requested = [];
  const next = await runTool(t, 'downloader', args, cwd);
  assert.equal(next.code, 0, next.stderr);
  await assertWhole(t, cwd, mode, ground.files);
  const again = requested
    .map((path) => decodeURIComponent(path))
    .filter((path) => promised.has(decodeURIComponent(path)));
  assert.deepEqual(again, [], 'recorded as in a bundle, and fetched again');
  return {
    [`cut midway, ${mode.name}`]: code === null ? 1 : 0,
    'files cut short': cut,
    'renames undone': undone,
    'records of bundled files before the cut': promised.size,
  };
}

export const powerCuts: Chapter = {
  name: 'power-cuts',
  promise:
    'After a power cut the next run completes the mirror, and what was recorded as in a bundle is in it',
  missing: missingShim,
  run,
};
