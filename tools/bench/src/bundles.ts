import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { BundleFolder, BundleWriter, FrameBuilder, type Member, readCatalog } from '@crates-mirror/bundle';
import { mirrorHome } from '@crates-mirror/layout';
import { sampleOfCrates } from './downloads.ts';
import type { Ground, Scenario } from './scenario.ts';

const BUNDLE_SIZE = 2e9;
const MEMBER_SIZE = 200_000;
const FRAME_SIZE = 4 << 20;

/** The cost of bundling: the crate files of `download`, as bundles and as loose files. */
export async function bundle(ground: Ground): Promise<Scenario> {
  const { loose, count } = await sampleOfCrates(ground);
  const bundles = join(ground.directory, 'bundles');
  const { argv, cwd } = loose.command;
  return {
    title: 'bundle: 20,000 crate files, median 14 kB, into bundles of 100 MB',
    contenders: [
      {
        name: 'downloader --bundle',
        command: { argv: [...argv, '--bundle', '--bundle-size-gb', '0.1'], cwd },
        prepare: () => {
          loose.prepare?.();
          rmSync(bundles, { recursive: true, force: true });
        },
        check: () => {
          const entries = [...readCatalog(bundles).values()].reduce((sum, one) => sum + one.entries, 0);
          if (entries !== count) throw new Error(`${entries} members instead of ${count}`);
        },
      },
      loose,
    ],
  };
}

/** Extracts one crate file, the last one, from a bundle of 2 GB. */
export async function member(ground: Ground): Promise<Scenario> {
  const directory = join(ground.directory, 'bundles');
  const last = await writeBundle(directory);
  const [archive] = readdirSync(directory).filter((name) => name.endsWith('.tar.zst')) as [string];
  const out = join(ground.directory, 'out');
  const main = ground.programOf('bundle-extractor');
  const argv = [process.execPath, main, '--bundles-dir', directory, '--crate', last.name, '--out', out];
  return {
    title: 'member: one crate file at the end of a bundle of 2 GB',
    contenders: [
      {
        name: 'bundle-extractor --crate',
        command: { argv, cwd: ground.directory },
        prepare: () => rmSync(out, { recursive: true, force: true }),
      },
      {
        name: 'tar --zstd -xOf',
        command: {
          argv: ['tar', '--zstd', '-xOf', join(directory, archive), last.path],
          cwd: ground.directory,
        },
      },
    ],
  };
}

/** @returns its last member */
async function writeBundle(directory: string): Promise<Member> {
  mkdirSync(mirrorHome(directory).temporaryDirectory, { recursive: true });
  const folder = await BundleFolder.open({ directory, verifyAll: false, onNote: () => {} });
  const writer = new BundleWriter(folder, {
    sizeLimit: 2 * BUNDLE_SIZE,
    frameSize: FRAME_SIZE,
    onFinished: () => {},
  });
  const builder = new FrameBuilder(FRAME_SIZE);
  const send = async (): Promise<void> => {
    const frame = builder.take();
    await writer.append(frame);
    builder.reuse(frame.memory);
  };
  const count = BUNDLE_SIZE / MEMBER_SIZE;
  let last = memberOf(0);
  for (let i = 0; i < count; i++) {
    last = memberOf(i);
    if (builder.add(last.member, last.content)) continue;
    await send();
    builder.add(last.member, last.content);
  }
  await send();
  await writer.close();
  return last.member;
}

function memberOf(i: number): { member: Member; content: Buffer } {
  const content = randomBytes(MEMBER_SIZE);
  const name = `crate-${i}`;
  const path = `cr/at/${name}-1.0.0.crate`;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const url = `https://static.crates.io/crates/${name}/${name}-1.0.0.crate`;
  return { member: { url, name, version: '1.0.0', path, size: MEMBER_SIZE, sha256 }, content };
}
