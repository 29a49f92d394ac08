import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseDownloaderOptions } from '@crates-mirror/downloader-options';
import { CodedError } from '@crates-mirror/errors';
import { plainSelection } from '@crates-mirror/selection/selector';
import type { LaneStart } from '../lane/protocol.ts';
import { type Fatal, LanePool } from './lane-pool.ts';
import { laneStarts } from './lane-starts.ts';

function laneStart(directory: string): LaneStart {
  const options = parseDownloaderOptions(['--sample', '--out', join(directory, 'out'), '--concurrency', '1']);
  const source = { kind: 'list', file: join(directory, 'list') } as const;
  const surroundings = {
    checksums: undefined,
    index: undefined,
    bundling: undefined,
    bucket: undefined,
    unchangedFile: undefined,
    sizes: undefined,
    isTrial: false,
    isHeld: false,
    selection: plainSelection(false),
  };
  return laneStarts({ ...options, source }, surroundings)[0] as LaneStart;
}

test('lanes end, and it is reported once, when there is no finding out what comes next', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'lane-pool-'));
  try {
    const fatal: Fatal[] = [];
    const start = laneStart(directory);
    const pool = new LanePool([start, start], {
      nextWork: () => {
        throw new CodedError('EIO', 'cannot read the list', { hint: 'Look after the disk' });
      },
      onFatal: (error) => void fatal.push(error),
      onCompleted: () => {},
      onGroup: () => assert.fail(),
      onUpstream: () => assert.fail(),
      onTraffic: () => assert.fail(),
      onUnchanged: () => assert.fail(),
    });
    await pool.done();
    assert.deepEqual(fatal, [{ code: 'EIO', message: 'cannot read the list', hint: 'Look after the disk' }]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('a thread is started for each lane that there is work for, and no other', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'lane-pool-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const start = laneStart(directory);
  const threadsFor = async (pieces: number): Promise<number> => {
    let threads = 0;
    const onWorker = (): void => void threads++;
    process.on('worker', onWorker);
    const work = Array.from({ length: pieces }, () => ({ kind: 'list', lines: [] }) as const);
    const pool = new LanePool([start, start, start], {
      nextWork: () => work.pop(),
      onFatal: (error) => assert.fail(error.message),
      onCompleted: () => {},
      onGroup: () => assert.fail(),
      onUpstream: () => assert.fail(),
      onTraffic: () => {},
      onUnchanged: () => assert.fail(),
    });
    await pool.done();
    process.off('worker', onWorker);
    return threads;
  };
  assert.deepEqual([await threadsFor(0), await threadsFor(1), await threadsFor(2)], [1, 1, 3]);
});
