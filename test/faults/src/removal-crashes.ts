import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { HoldPoint } from '@crates-mirror/e2e/held';
import { readTree, records, runTool, summary } from '@crates-mirror/e2e/tools';
import { RemovalJournal } from '@crates-mirror/removals';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { killedAt } from './killed-at.ts';
import { assertWhole, MODES, type Mode } from './modes.ts';
import { removalsOfOutputs } from './output-removals.ts';
import { type Withdrawal, withdrawSome } from './withdrawn.ts';

type Action = 'quarantine' | 'delete';

const KILLS = 3;
const SHARE_OF_MIRRORS = 0.7;
/** Where removals, or the way back, can be held: before the journal, or before one of the files. */
function pointOf(mode: Mode, action: Action, left: number, random: () => number): HoldPoint {
  if (mode.name === 'only' || left === 0 || random() < 0.2)
    return { on: 'open', before: 'removals.jsonl', from: mode.name === 'add' ? pick(random, [0, 1]) : 0 };
  const from = Math.floor(random() * left);
  return action === 'delete'
    ? { on: 'unlink', before: '.crate', from }
    : { on: 'rename', before: 'quarantine/', from };
}

async function run(round: Round): Promise<Figures> {
  if (round.random() > SHARE_OF_MIRRORS) return removalsOfOutputs(round);
  const { ground, random, directory: cwd, t } = round;
  const mode = pick(random, MODES);
  const action = pick(random, ['quarantine', 'delete'] as const);
  let requests = 0;
  const upstream = await ground.serve(t, () => {
    requests += 1;
    return undefined;
  });
  const source = ground.argsFor(upstream);
  const places = ['--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const first = await runTool(t, 'downloader', [...source, ...places], cwd);
  assert.equal(first.code, 0, first.stderr);

  const change = withdrawSome(round);
  const removing = [
    ...source.map((arg) => (arg === ground.index ? change.index : arg)),
    ...places,
    ...change.args,
    ...['--on-removed', action, '--max-removals', '100%'],
    ...(action === 'delete' ? ['--yes'] : []),
  ];
  let kills = 0;
  const left = (): number =>
    [...readTree(join(cwd, 'm')).keys()].filter((path) => change.gone.has(path)).length;
  while (kills < KILLS && (mode.name === 'only' ? kills === 0 : left() > 0)) {
    await killedAt(t, 'downloader', removing, cwd, pointOf(mode, action, left(), random), random);
    kills += 1;
  }
  const next = await runTool(t, 'downloader', removing, cwd);
  assert.equal(next.code, 0, next.stderr);
  const rest = new Map([...ground.files].filter(([path]) => !change.gone.has(path)));
  await assertWhole(t, cwd, mode, rest);
  await assertRemoved(cwd, mode, action, change, ground.files);
  const last = await runTool(t, 'downloader', [...removing, '--log-format', 'json'], cwd);
  assert.equal(last.code, 0, last.stderr);
  assert.deepEqual(summary(last)['removed'], { quarantined: 0, deleted: 0, withdrawn: 0, restored: 0 });

  requests = 0;
  const isKept = action === 'quarantine' || mode.name === 'only';
  if (isKept) {
    const back = {
      on: 'rename',
      before: 'quarantine/',
      from: Math.floor(random() * change.gone.size),
    } as const;
    const point = mode.name === 'only' ? pointOf(mode, action, 0, random) : back;
    await killedAt(t, 'downloader', [...source, ...places], cwd, point, random);
    kills += 1;
  }
  const again = await runTool(t, 'downloader', [...source, ...places], cwd);
  assert.equal(again.code, 0, again.stderr);
  await assertWhole(t, cwd, mode, ground.files);
  if (isKept) assert.equal(requests, 0, 'what was kept is fetched again');
  return { [`kills of ${action}, ${mode.name}`]: kills, removals: change.gone.size, [change.name]: 1 };
}

/** Checks the records of removals, and that what was quarantined is there, once each. */
async function assertRemoved(
  cwd: string,
  mode: Mode,
  action: Action,
  { gone }: Withdrawal,
  files: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const newest = new Map((await records(join(cwd, 'all.jsonl'))).map(({ path, status }) => [path, status]));
  const done = action === 'delete' ? 'deleted' : 'quarantined';
  for (const path of gone)
    assert.ok(
      [done, 'withdrawn'].includes(newest.get(path) ?? ''),
      `${path} is recorded as ${newest.get(path)}`,
    );
  for (const place of mode.name === 'loose' ? ['m'] : mode.name === 'only' ? ['b'] : ['m', 'b']) {
    const journal = new RemovalJournal(join(cwd, place, '.crates-mirror/removals.jsonl'));
    assert.deepEqual(
      [journal.removals('planned').length, journal.removals('done').length],
      [0, gone.size],
      `removals in the journal of ${place}`,
    );
  }
  const temporary = join(cwd, 'm/.crates-mirror/tmp');
  if (existsSync(temporary)) assert.deepEqual(readdirSync(temporary), [], 'temporary files are left');
  if (action === 'delete' || mode.name === 'only') return;
  const kept = [...readTree(join(cwd, 'm/.crates-mirror/quarantine')).values()].sort(Buffer.compare);
  const expected = [...gone].map((path) => files.get(path) as Buffer).sort(Buffer.compare);
  assert.ok(kept.length === expected.length && kept.every((body, i) => body.equals(expected[i] as Buffer)));
}

export const removalCrashes: Chapter = {
  name: 'removal-crashes',
  promise:
    'A quarantine, a deletion and their reversal are completed by the next run, each file with a record',
  run,
};
