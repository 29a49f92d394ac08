import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { HoldPoint } from '@crates-mirror/e2e/held';
import { type Cleanup, readTree, runTool } from '@crates-mirror/e2e/tools';
import { type Figures, pick, type Round } from './chapter.ts';
import { killedAt } from './killed-at.ts';
import { assertTree } from './modes.ts';
import { withdrawSome } from './withdrawn.ts';

/** A run that removes what has gone from an output. */
interface Output {
  readonly name: string;
  readonly tool: string;
  readonly args: (index: string, place: string) => readonly string[];
  /** The operations by which it removes. */
  readonly point: HoldPoint;
}

const OUTPUTS: readonly Output[] = [
  {
    name: 'sidecars',
    tool: 'sidecar-generator',
    args: (index, place) => ['--index-dir', index, '--include-yanked', '--out', place, '--prune', '--yes'],
    point: { on: 'unlink', before: '.json' },
  },
  {
    name: 'site',
    tool: 'mirror-server',
    args: (index, place) => [
      ...['export', '--mirror', 'm', '--index-dir', index, '--public-url', 'https://m.example'],
      ...['--files', 'copy', '--prune', '--max-removals', '100%', '--out', place],
    ],
    point: { on: 'unlink', before: '.crate' },
  },
];

async function completed(t: Cleanup, tool: string, args: readonly string[], cwd: string): Promise<void> {
  const { code, stderr } = await runTool(t, tool, args, cwd);
  assert.equal(code, 0, stderr);
}

/** Kills a run that prunes sidecars or a site. One more run leaves what a new output has. */
export async function removalsOfOutputs(round: Round): Promise<Figures> {
  const { ground, random, directory: cwd, t } = round;
  const { name, tool, args, point } = pick(random, OUTPUTS);
  const upstream = await ground.serve(t);
  await completed(t, 'downloader', [...ground.argsFor(upstream), '--out', 'm'], cwd);
  await completed(t, tool, args(ground.index, 'kept'), cwd);
  const change = withdrawSome(round);
  // sidecar-generator has no denylist.
  const more = name === 'sidecars' && change.args.includes('--deny') ? [] : change.args;
  const removing = [...args(change.index, 'kept'), ...more];
  const gone = more.length + (change.index === ground.index ? 0 : 1) > 0 ? change.gone.size : 0;
  if (gone > 0)
    await killedAt(t, tool, removing, cwd, { ...point, from: Math.floor(random() * gone) }, random);
  await completed(t, tool, removing, cwd);
  await completed(t, tool, [...args(change.index, 'new'), ...more], cwd);
  assertTree(join(cwd, 'kept'), readTree(join(cwd, 'new')));
  return { [`kills of ${name}`]: gone > 0 ? 1 : 0 };
}
