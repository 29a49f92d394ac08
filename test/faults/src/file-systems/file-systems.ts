import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Ended,
  readTree,
  records,
  runTool,
  startTool,
  startUpstream,
  type Upstream,
} from '@crates-mirror/e2e/tools';
import { sizeProfile } from '@crates-mirror/sample-registry';
import { type Chapter, type Figures, pick, type Round } from '../chapter.ts';
import { assertTree, MODES, type Mode } from '../modes.ts';
import { endOf } from '../troubled-run.ts';
import { cannotMount, type Mounted, mounted } from './mounted.ts';
import { FILE_SYSTEMS, type FileSystem } from './mounts.ts';

const CRATES = 20;
/** Two of them have names that differ only in case. */
const VERSIONS = ['0.1.0', '1.0.0-rc.1', '1.0.0-RC.1'];
const TWIN = /-1\.0\.0-rc\.1\.crate/i;

/** The inputs of one round on one file system. */
interface Stage extends Round {
  readonly fileSystem: FileSystem;
  readonly disk: Mounted;
  readonly mode: Mode;
  readonly upstream: Upstream;
}

/** Whether names that cannot be kept apart are refused: what is not held as a file is in no bundle. */
function isRefusing({ fileSystem, mode }: Stage): boolean {
  return fileSystem.isFolding && mode.name !== 'only';
}

/** The files that a mirror of loose files can hold: of two that differ in case, the first stays. */
function holdable({ upstream, disk, fileSystem }: Stage): ReadonlyMap<string, Buffer> {
  if (!fileSystem.isFolding) return upstream.files;
  const held = readTree(join(disk.path, 'm'));
  const twins = [...held.keys()].filter((path) => TWIN.test(path));
  assert.equal(twins.length, CRATES, 'one of two twins is held');
  return new Map([...upstream.files].filter(([path]) => !TWIN.test(path) || held.has(path)));
}

/** Fails unless all is held that can be, and each refusal is of a name that cannot. */
async function assertMirrored(stage: Stage, { code, stderr }: Ended): Promise<void> {
  const { disk, mode, upstream } = stage;
  const isRefused = isRefusing(stage);
  assert.equal(code, isRefused ? 1 : 0, stderr);
  const newest = new Map((await records(join(disk.path, 'all.jsonl'))).map((told) => [told.path, told]));
  const failed = [...newest.values()].filter(({ ok }) => !ok);
  assert.equal(failed.length, isRefused ? CRATES : 0, stderr);
  for (const { path, error } of failed) {
    assert.match(path, TWIN);
    assert.match(error?.message ?? '', /^the file system takes .* for one name; another file system/);
  }
  const held = mode.name === 'only' ? upstream.files : holdable(stage);
  if (mode.name !== 'only') assertTree(join(disk.path, 'm'), held);
  if (mode.name !== 'loose') await assertBundled(stage, held);
}

/** Extracts the bundles elsewhere: a file system that takes two names for one has no room for both. */
async function assertBundled(
  { directory, disk, t }: Stage,
  held: ReadonlyMap<string, Buffer>,
): Promise<void> {
  const out = join(directory, 'extracted');
  const bundles = ['--bundles-dir', 'b', '--out', out];
  const { code, stderr } = await runTool(t, 'bundle-extractor', bundles, disk.path);
  assert.equal(code, 0, stderr);
  assertTree(out, held);
  rmSync(out, { recursive: true });
}

/** Downloads with a kill midway; again after the file system was mounted anew; and once more. */
async function mirror(stage: Stage): Promise<Figures> {
  const { disk, mode, random, upstream, t } = stage;
  const base = ['--out', 'm', '--manifest', 'all.jsonl', '--retries', '0', ...mode.args];
  const args = [...upstream.args, ...base];
  const first = startTool(t, 'downloader', args, disk.path);
  const killAt = Math.floor(random() * 1.5 * upstream.files.size);
  const ended = endOf(first);
  await Promise.race([ended, reaches(upstream, killAt)]);
  first.child.kill('SIGKILL');
  const { code } = await ended;
  disk.again();
  await assertMirrored(stage, await runTool(t, 'downloader', args, disk.path));
  disk.again();
  const before = upstream.requests;
  await assertMirrored(stage, await runTool(t, 'downloader', args, disk.path));
  const again = upstream.requests - before;
  assert.ok(again <= (isRefusing(stage) ? CRATES : 0), `${again} requests for files that are there`);
  const verified = await runTool(t, 'downloader', [...args, '--verify-existing'], disk.path);
  await assertMirrored(stage, verified);
  return { 'killed midway': code === null ? 1 : 0, 'requests of reruns': again };
}

async function reaches(upstream: Upstream, requests: number): Promise<void> {
  while (upstream.requests < requests) await new Promise((done) => setTimeout(done, 5).unref());
}

/** Sidecars and a site, twice: the second time nothing is left to do. */
async function derive({ disk, upstream, mode, fileSystem, t }: Stage): Promise<Figures> {
  const index = ['--index-dir', upstream.index];
  const held = mode.name === 'only' ? ['--bundles-dir', 'b'] : ['--mirror', 'm'];
  const jobs = [
    { tool: 'sidecar-generator', args: [...index, '--include-yanked', '--out', 's'], out: 's' },
    {
      tool: 'mirror-server',
      args: ['export', ...index, ...held, '--public-url', 'https://m.example', '--out', 'w'],
      out: 'w',
    },
  ];
  for (const { tool, args, out } of jobs) {
    const first = await runTool(t, tool, args, disk.path);
    const expected = fileSystem.isFolding ? 1 : 0;
    assert.equal(first.code, expected, `${tool}\n${first.stderr}`);
    const isNamed = first.stderr.includes('for one name');
    // What a mirror of loose files does not hold, no site can refuse.
    assert.equal(
      isNamed,
      fileSystem.isFolding && (tool !== 'mirror-server' || mode.name === 'only'),
      first.stderr,
    );
    const made = readTree(join(disk.path, out));
    disk.again();
    const next = await runTool(t, tool, args, disk.path);
    assert.equal(next.code, expected, `${tool} again\n${next.stderr}`);
    assertTree(join(disk.path, out), made);
  }
  return {};
}

function chapterOn(fileSystem: FileSystem): Chapter {
  return {
    name: `file-systems-${fileSystem.name}`,
    promise: `On ${fileSystem.name} all is held that it can hold, and the rest is refused by name`,
    missing: () => cannotMount(fileSystem),
    run: async (round) => {
      const { directory, random, t } = round;
      const disk = mounted(t, fileSystem);
      const source = join(directory, 'source');
      mkdirSync(source);
      const upstream = await startUpstream(t, source, {
        crates: CRATES,
        versions: VERSIONS,
        profile: sizeProfile(20_000),
      });
      const stage: Stage = { ...round, fileSystem, disk, mode: pick(random, MODES), upstream };
      return { [stage.mode.name]: 1, ...(await mirror(stage)), ...(await derive(stage)) };
    },
  };
}

export const fileSystems: readonly Chapter[] = FILE_SYSTEMS.map(chapterOn);
