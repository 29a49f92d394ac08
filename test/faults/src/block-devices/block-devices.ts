import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runTool } from '@crates-mirror/e2e/tools';
import { type Chapter, type Figures, pick, type Round } from '../chapter.ts';
import { run } from '../file-systems/mounts.ts';
import { assertWhole, MODES, type Mode } from '../modes.ts';
import { recorded } from '../power-cut.ts';
import { troubledRun } from '../troubled-run.ts';
import { afterPowerCut, parseBlockLog } from './block-log.ts';
import { images, LoopDevice, MappedDevice, missingTarget, whileMounted } from './mapped-device.ts';

const DEVICE_BYTES = 64 * 2 ** 20;
const LOG_BYTES = 400 * 2 ** 20;
const CUTS = 3;

/** Completes the mirror in `cwd` by one more run, which asks for nothing that a record has as bundled. */
async function assertCompleted({ ground, t }: Round, cwd: string, mode: Mode): Promise<number> {
  const promised = await recorded(join(cwd, 'all.jsonl'));
  const requested: string[] = [];
  const upstream = await ground.serve(t, (path) => {
    requested.push(decodeURIComponent(path));
    return undefined;
  });
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const { code, stderr } = await runTool(t, 'downloader', args, cwd);
  assert.equal(code, 0, stderr);
  await assertWhole(t, cwd, mode, ground.files);
  const again = requested.filter((path) => promised.has(path));
  assert.deepEqual(again, [], 'recorded as in a bundle, and fetched again');
  await upstream.close();
  return promised.size;
}

/** The device answers every request with EIO from some moment on, until it is mended. */
async function errors(round: Round): Promise<Figures> {
  const { ground, random, t } = round;
  const directory = images(t);
  const loop = new LoopDevice(t, join(directory, 'image'), DEVICE_BYTES);
  const whole = `0 ${loop.sectors} linear ${loop.path} 0`;
  const device = new MappedDevice(t, 'faults-errors', whole);
  run('mkfs.ext4', '-q', device.path);
  const mode = pick(random, MODES);
  const at = join(directory, 'at');
  const strikesAt = 1 + Math.floor(random() * ground.files.size);
  let requests = 0;
  const upstream = await ground.serve(t, () => {
    requests += 1;
    if (requests === strikesAt) device.load(`0 ${loop.sectors} error`);
    return undefined;
  });
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  const code = await whileMounted(device.path, at, async () => {
    const ended = await troubledRun(t, 'downloader', args, at);
    if (ended.code !== 0) assert.match(ended.stderr, /ERROR|WARN|downloader: /, 'it says nothing');
    return ended.code;
  });
  await upstream.close();
  device.load(whole);
  const kept = await whileMounted(device.path, at, () => assertCompleted(round, at, mode));
  return { [`exit code ${code}`]: 1, 'records of bundled files': kept };
}

/** A whole run on a device whose writes are logged, and cuts of its power at moments of that log. */
async function cuts(round: Round): Promise<Figures> {
  const { ground, random, t } = round;
  const directory = images(t);
  const data = new LoopDevice(t, join(directory, 'image'), DEVICE_BYTES);
  const log = new LoopDevice(t, join(directory, 'log'), LOG_BYTES);
  run('mkfs.ext4', '-q', data.path);
  const base = data.content;
  const mode = pick(random, MODES);
  const at = join(directory, 'at');
  const upstream = await ground.serve(t);
  const args = [...ground.argsFor(upstream), '--out', 'm', '--manifest', 'all.jsonl', ...mode.args];
  {
    const device = new MappedDevice(
      t,
      'faults-cuts',
      `0 ${data.sectors} log-writes ${data.path} ${log.path}`,
    );
    await whileMounted(device.path, at, async () => {
      const { code, stderr } = await runTool(t, 'downloader', args, at);
      assert.equal(code, 0, stderr);
    });
  }
  await upstream.close();
  const writes = parseBlockLog(readFileSync(log.file));
  let [lost, kept] = [0, 0];
  for (let i = 0; i < CUTS; i++) {
    const cut = afterPowerCut(base, writes, Math.floor(random() * writes.length), random);
    const copy = new LoopDevice(t, join(directory, `cut-${i}`), DEVICE_BYTES);
    copy.content = cut.device;
    kept += await whileMounted(copy.path, at, () => assertCompleted(round, at, mode));
    lost += cut.lost;
  }
  return {
    [`cuts, ${mode.name}`]: CUTS,
    'writes logged': writes.length,
    'writes lost': lost,
    'records of bundled files before the cut': kept,
  };
}

export const blockDevices: readonly Chapter[] = [
  {
    name: 'device-errors',
    promise: 'Once a device that answers with EIO is mended, the next run completes the mirror',
    missing: () => missingTarget('error'),
    run: errors,
  },
  {
    name: 'device-cuts',
    promise:
      'After a power cut, of which ext4 is replayed, the next run completes the mirror, and what was recorded as in a bundle is in it',
    missing: () => missingTarget('log-writes'),
    run: cuts,
  },
];
