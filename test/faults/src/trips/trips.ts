import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startServer } from '@crates-mirror/e2e/mirror-server-tools';
import { type Cleanup, runTool } from '@crates-mirror/e2e/tools';
import { NearSide } from './near-side.ts';
import { compareServed } from './served.ts';

export interface TripsOptions {
  /** A checkout of an index. */
  readonly from: string;
  /** For both sides. */
  readonly directory: string;
  /** Days after the first state. */
  readonly days: number;
  /** Crates of which the shares of fates are taken [1000]. */
  readonly per?: number;
}

/** The figures of one trip. */
export interface Trip {
  readonly day: number;
  readonly crateFiles: number;
  readonly crateBytes: number;
  readonly lineBytes: number;
  /** Bytes of all files of the parcel. */
  readonly parcelBytes: number;
  readonly packSeconds: number;
  readonly unpackSeconds: number;
  /** Index files and crate files that both servers answered alike. */
  readonly served: number;
}

interface Side {
  readonly mirror: string;
  readonly bundles?: string;
  readonly index: string;
}

/**
 * Carries a first state and later days of an index across a gap, and compares both sides after each
 * trip: crate files and index by `diff -r`, and the answers of servers, after the last trip for all
 * crates. A second receiver keeps crate files in bundles.
 *
 * @param onTrip called after each trip, if both sides are equal. @throws if they are not
 */
export async function makeTrips(
  t: Cleanup,
  { from, directory, days, per }: TripsOptions,
  onTrip: (trip: Trip) => void,
): Promise<void> {
  const near = new NearSide(from, join(directory, 'near'), days, per);
  const at = (...names: readonly string[]): string => join(directory, ...names);
  const run = async (...args: readonly string[]): Promise<number> => {
    const begin = performance.now();
    const { code, stderr } = await runTool(t, 'mirror-carrier', args, directory);
    assert.equal(code, 0, stderr);
    return (performance.now() - begin) / 1000;
  };
  const loose: Side = { mirror: at('far'), index: at('far-index') };
  const bundled: Side = { mirror: at('far-2'), bundles: at('far-2/bundles'), index: at('far-2-index') };
  for (let day = 0; day <= days; day++) {
    const figures = near.become(day);
    const since = day === 0 ? [] : ['--since', at('receipt.json')];
    const packSeconds = await run(
      'pack',
      '--mirror',
      near.mirror,
      '--index-dir',
      near.index,
      '--to',
      at('parcels'),
      ...since,
    );
    const parcel = at('parcels', `parcel-${String(day + 1).padStart(4, '0')}`);
    const unpack = [
      'unpack',
      '--from',
      parcel,
      '--unsigned',
      '--on-removed',
      'delete',
      '--yes',
      '--max-removals',
      '20%',
      '--receipt-out',
      at('receipt.json'),
    ];
    const unpackSeconds = await run(
      ...unpack,
      '--mirror',
      loose.mirror,
      '--index-dir',
      loose.index,
      '--loose',
    );
    await run(...unpack, '--mirror', bundled.mirror, '--index-dir', bundled.index);
    for (const [ours, theirs] of [
      [near.mirror, loose.mirror],
      [near.index, loose.index],
      [near.index, bundled.index],
    ] as const)
      assertSame(ours, theirs);
    const step = day === days ? 1 : 10;
    const files = near.files.filter((_, i) => i % step === 0);
    const served = await serveAll(t, [{ mirror: near.mirror, index: near.index }, loose, bundled], files);
    onTrip({ day, ...figures, parcelBytes: bytesOf(parcel), packSeconds, unpackSeconds, served });
  }
}

/** Compares two trees, except for what tools and git keep in them. */
function assertSame(near: string, far: string): void {
  const exclude = ['--exclude=.crates-mirror', '--exclude=.git'];
  const { status, stdout, stderr } = spawnSync('diff', ['-r', '-q', ...exclude, near, far], {
    encoding: 'utf8',
  });
  assert.equal(status, 0, `${stdout.slice(0, 2000)}${stderr}`);
}

async function serveAll(t: Cleanup, sides: readonly Side[], files: readonly string[]): Promise<number> {
  const servers = await Promise.all(
    sides.map(({ mirror, bundles, index }) => {
      const args = bundles === undefined ? [] : ['--bundles-dir', bundles];
      return startServer(t, ['--mirror', mirror, ...args, '--index-dir', index], '.');
    }),
  );
  try {
    return await compareServed(
      servers.map(({ origin }) => origin),
      files,
    );
  } finally {
    for (const { child } of servers) child.kill('SIGKILL');
    await Promise.all(servers.map(({ ended }) => ended));
  }
}

function bytesOf(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.reduce(
    (sum, entry) => sum + (entry.isFile() ? statSync(join(entry.parentPath, entry.name)).size : 0),
    0,
  );
}
