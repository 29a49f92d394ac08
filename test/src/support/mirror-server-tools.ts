import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexPath } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import {
  buildSample,
  makeCertificate,
  type Sample,
  serveSample,
  startRegistry,
  writeSampleIndex,
} from '@crates-mirror/sample-registry';
import { type Cleanup, runTool, scratch, shared } from './tools.ts';

export { type RunningServer, startServer } from './start-server.ts';

/** A directory with a mirror of the sample. */
const mirroredSample = shared(async (t) => {
  const cwd = scratch(t);
  return { cwd, sample: await runSample(t, cwd, []) };
});

/**
 * Mirrors the sample, including yanked versions: its index is in `index`, its crate files where
 * `args` say [`out`].
 */
export async function mirrorSample(t: Cleanup, cwd: string, ...args: string[]): Promise<Sample> {
  if (args.length > 0) return runSample(t, cwd, args);
  const original = await mirroredSample();
  // With nanosecond times, as in the ledger.
  const { status, stderr } = spawnSync('cp', ['-a', `${original.cwd}/.`, cwd]);
  if (status !== 0) throw new Error(String(stderr));
  return original.sample;
}

async function runSample(t: Cleanup, cwd: string, args: readonly string[]): Promise<Sample> {
  const sample = await buildSample();
  const certificate = await makeCertificate();
  const registry = await startRegistry({ find: serveSample(sample, () => ''), protocol: 'h2', certificate });
  try {
    writeSampleIndex(sample, join(cwd, 'index'), 'https://upstream.invalid/crates');
    writeFileSync(join(cwd, 'ca.pem'), certificate.cert);
    const upstream = [
      '--index-dir',
      'index',
      '--crates-base-url',
      `${registry.origin}/crates`,
      '--ca-file',
      'ca.pem',
    ];
    const ended = await runTool(t, 'downloader', [...upstream, '--include-yanked', ...args], cwd);
    if (ended.code !== 0) throw new Error(ended.stderr);
    return sample;
  } finally {
    await registry.close();
  }
}

/**
 * The sample's index and its loose crate files, as another tool might have left them: without a
 * ledger.
 */
export async function writeSample(cwd: string): Promise<Sample> {
  const sample = await buildSample();
  writeSampleIndex(sample, join(cwd, 'index'), 'https://upstream.invalid/crates');
  for (const [path, bytes] of sample.crates) {
    const [, , name, file] = path.split('/') as [string, string, string, string];
    const place = join(cwd, 'out', dirname(indexPath(name)), file);
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, bytes);
  }
  return sample;
}

/**
 * A crate of one version, whose name begins with `larg`: its index file, and its loose crate file
 * in `out`.
 */
export function writeLooseCrate(cwd: string, name: string, body: Buffer): void {
  const path = join(cwd, `out/la/rg/${name}-1.0.0.crate`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
  mkdirSync(join(cwd, 'index/la/rg'), { recursive: true });
  writeFileSync(join(cwd, 'index/config.json'), '{}');
  const entry = { name, vers: '1.0.0', deps: [], cksum: sha256Hex(body), features: {}, yanked: false };
  writeFileSync(join(cwd, `index/la/rg/${name}`), `${JSON.stringify(entry)}\n`);
}
