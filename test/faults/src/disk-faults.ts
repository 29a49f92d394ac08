import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { mountSmallDisk } from '@crates-mirror/e2e/small-disk';
import { type RunningTool, runTool, startTool } from '@crates-mirror/e2e/tools';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { makeShim, missingShim } from './disk-shim.ts';
import { assertWhole, MODES } from './modes.ts';
import { endOf } from './troubled-run.ts';
import { assertTrue } from './truth.ts';

/** A fault of a disk, and its repair. */
interface Trouble {
  readonly name: string;
  /** Environment of the tool under test */
  readonly environment?: NodeJS.ProcessEnv;
  /** Mount options of the disk */
  readonly disk?: string;
  /** Called after some crate files have been requested. */
  readonly strike?: (place: string, tool: RunningTool, remount: (options: string) => void) => void;
  readonly mend?: (remount: (options: string) => void) => void;
}

const { EIO, ENOSPC, EDQUOT, EACCES, EROFS, EFBIG } = constants.errno;
/** Errors that operations on files return: root, as whom tests may run, has all permissions. */
const ERRORS = [
  ['EIO', EIO],
  ['ENOSPC', ENOSPC],
  ['EDQUOT, a quota', EDQUOT],
  ['EACCES, permission lost', EACCES],
  ['EROFS', EROFS],
  ['EFBIG, as on FAT', EFBIG],
] as const;

const YEAR_MS = 365 * 86_400_000;
const ROOMY = 'size=200m,nr_inodes=100k';

function troublesOf(random: () => number, place: string): Trouble[] {
  const [error, errorNumber] = pick(random, ERRORS);
  const failing = {
    LD_PRELOAD: missingShim() === undefined ? makeShim() : '',
    SHIM_UNDER: place,
    SHIM_ERRNO: String(errorNumber),
    SHIM_FAIL_FROM: String(1 + Math.floor(random() * 900)),
    SHIM_FAIL_COUNT: pick(random, ['1', '3', '1000000']),
  };
  const grow = (remount: (options: string) => void): void => remount(ROOMY);
  return [
    { name: 'a disk that is full', disk: `size=${200 + Math.floor(random() * 4000)}k`, mend: grow },
    { name: 'no inodes left', disk: `size=100m,nr_inodes=${20 + Math.floor(random() * 150)}`, mend: grow },
    {
      name: 'remounted read-only',
      strike: (_, __, remount) => remount('ro'),
      mend: (remount) => remount('rw'),
    },
    { name: 'the mirror removed', strike: (at) => rmSync(join(at, 'm'), { recursive: true, force: true }) },
    {
      name: 'no more open files',
      strike: (_, { child }) =>
        void spawnSync('prlimit', ['--pid', String(child.pid), `--nofile=${20 + Math.floor(random() * 40)}`]),
    },
    { name: error, environment: failing },
    { name: error, environment: failing },
    {
      name: 'the clock back by a year',
      environment: {
        NODE_OPTIONS: `--import ${import.meta.resolve('@crates-mirror/e2e/clock-preload')}`,
        CLOCK_BEFORE: new Date().toISOString(),
        CLOCK_AFTER: new Date(Date.now() - YEAR_MS).toISOString(),
        CLOCK_MOVED: join(place, 'clock-moved'),
      },
      strike: (at) => writeFileSync(join(at, 'clock-moved'), ''),
    },
  ];
}

async function run({ ground, random, t }: Round): Promise<Figures> {
  const disk = mountSmallDisk(t, '200m');
  assert.ok(disk !== undefined);
  const { path: cwd, remount } = disk;
  const trouble = pick(random, troublesOf(random, cwd));
  if (trouble.disk !== undefined) remount(trouble.disk);
  const mode = pick(random, MODES);
  const strikesAt = 1 + Math.floor(random() * ground.files.size);
  let requests = 0;
  let strike = (): void => {};
  const upstream = await ground.serve(t, () => {
    requests += 1;
    if (requests === strikesAt) strike();
    return undefined;
  });
  mkdirSync(join(cwd, 'logs'));
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const tool = startTool(t, 'downloader', args, cwd, trouble.environment);
  strike = () => trouble.strike?.(cwd, tool, remount);
  const { code, stderr } = await endOf(tool);
  trouble.mend?.(remount);
  if (trouble.name !== 'the mirror removed') await assertTrue(cwd, code, ground.files);
  if (code !== 0) assert.match(stderr, /ERROR|WARN|downloader: /, 'it says nothing');
  const next = await runTool(t, 'downloader', args, cwd);
  assert.equal(next.code, 0, `${trouble.name}, the next run\n${stderr}\n${next.stderr}`);
  await assertWhole(t, cwd, mode, ground.files);
  return { [trouble.name]: 1, [`exit code ${code}`]: 1 };
}

function cannotMount(): string | undefined {
  const undo: (() => unknown)[] = [];
  const disk = mountSmallDisk({ after: (callback) => undo.push(callback) }, '1m');
  for (const callback of undo) callback();
  return disk === undefined ? 'mounting is not allowed here' : missingShim();
}

export const diskFaults: Chapter = {
  name: 'disks',
  promise:
    'Whatever a disk does, no record claims a file that is not there, and once it is mended the next run completes the mirror',
  missing: cannotMount,
  run,
};
