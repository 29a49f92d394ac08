import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runTool, startTool } from '@crates-mirror/e2e/tools';
import { type Chapter, type Figures, pick, type Round } from './chapter.ts';
import { makeShim, missingShim } from './disk-shim.ts';
import type { Ground } from './ground.ts';
import { type MirrorState, stateOf } from './mirror-state.ts';
import { MODES, type Mode } from './modes.ts';
import { endOf } from './troubled-run.ts';

/** A moment at which a run is killed. */
interface Kill {
  readonly name: string;
  /** Request after which it is killed, with a pause in ms; otherwise the environment says when. */
  readonly request?: number;
  readonly pause?: number;
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * File operations of a run with bundles: by a part of their paths, with their number for each
 * bundle.
 */
const FINISHING = [
  // Renames of checksum file, list of members and archive to their final names.
  { on: '-to-', operations: 3 },
  // Its line is written and flushed.
  { on: 'bundles.index.jsonl', operations: 2 },
  { on: 'holdings.json', operations: 2 },
  // End of archive and seek table, after the frames.
  { on: '.tar.zst.partial', operations: 8 },
] as const;
const BUNDLES = 13;
/** Fewer than any mode has, so that most kills come before the end. */
const OPERATIONS = 380;
const MAX_PAUSE_MS = 40;
const SHARE_OF_FINISHING = 0.6;

/** Kills at a request, before a file operation, or in the finishing of a bundle. */
function anyKill({ ground, random, directory }: Round, mode: Mode): Kill {
  if (missingShim() !== undefined || random() < 0.2)
    return {
      name: 'at a request',
      request: 1 + Math.floor(random() * ground.files.size),
      pause: MAX_PAUSE_MS * random(),
    };
  const shim = { LD_PRELOAD: makeShim(), SHIM_UNDER: directory };
  if (mode.name === 'loose' || random() > SHARE_OF_FINISHING)
    return {
      name: 'at a file operation',
      environment: { ...shim, SHIM_CUT_AT: String(1 + Math.floor(random() * OPERATIONS)) },
    };
  const { on, operations } = pick(random, FINISHING);
  const at = String(1 + Math.floor(random() * operations * BUNDLES));
  return { name: 'finishing a bundle', environment: { ...shim, SHIM_CUT_ON: on, SHIM_CUT_AT: at } };
}

const undisturbed = new WeakMap<Ground, Map<string, MirrorState>>();

/** @returns the state that a run without a kill leaves */
async function undisturbedState({ ground, directory, t }: Round, mode: Mode): Promise<MirrorState> {
  const known = undisturbed.get(ground) ?? new Map<string, MirrorState>();
  undisturbed.set(ground, known);
  const state = known.get(mode.name);
  if (state !== undefined) return state;
  const cwd = join(directory, 'undisturbed');
  mkdirSync(cwd);
  const { code, stderr } = await runTool(t, 'downloader', argsFor(ground, await ground.serve(t), mode), cwd);
  assert.equal(code, 0, stderr);
  const made = stateOf(cwd);
  known.set(mode.name, made);
  return made;
}

function argsFor(ground: Ground, upstream: { readonly origin: string }, mode: Mode): string[] {
  return [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
}

async function run(round: Round): Promise<Figures> {
  const { ground, random, directory, t } = round;
  const mode = pick(random, MODES);
  const kill = anyKill(round, mode);
  const expected = await undisturbedState(round, mode);
  const reached = Promise.withResolvers<void>();
  let requests = 0;
  const upstream = await ground.serve(t, () => {
    requests += 1;
    if (requests === kill.request) reached.resolve();
    return undefined;
  });
  const cwd = join(directory, 'disturbed');
  mkdirSync(cwd);
  const args = argsFor(ground, upstream, mode);
  const tool = startTool(t, 'downloader', args, cwd, kill.environment);
  const ended = endOf(tool);
  await Promise.race([reached.promise, ended]);
  if (kill.request !== undefined) {
    await sleep(kill.pause);
    tool.child.kill('SIGKILL');
  }
  const { code } = await ended;
  const inFirst = requests;
  const next = await runTool(t, 'downloader', args, cwd);
  const story = `${mode.name}, killed ${kill.name}: ${JSON.stringify(kill)}\n${next.stderr}`;
  assert.equal(next.code, 0, story);
  assert.deepEqual(stateOf(cwd), expected, story);
  const isKilled = code === null;
  return {
    [`killed ${kill.name}, ${mode.name}`]: isKilled ? 1 : 0,
    'over before the kill': isKilled ? 0 : 1,
    'requests of first runs': inFirst,
    'requests of second runs': requests - inFirst,
    'asked for twice': requests - ground.files.size,
  };
}

export const downloadCrashes: Chapter = {
  name: 'download-crashes',
  promise:
    'One run after a kill leaves the tree, bundles, catalog, records and ledgers that an undisturbed run leaves',
  run,
};
