import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { BundleFolder, BundleWriter, FrameBuilder, type Member } from '@crates-mirror/bundle';
import { mirrorHome } from '@crates-mirror/layout';
import type { WantedFile } from './place.ts';

/** A crate file for tests: a little more than a kilobyte of incompressible bytes. */
export interface TestCrate extends WantedFile {
  readonly content: Buffer;
}

export function testCrate(i: number, size = 1000 + i): TestCrate {
  const name = `crate-${String(i).padStart(3, '0')}`;
  const blocks = Array.from({ length: Math.ceil(size / 32) }, (_, n) =>
    createHash('sha256').update(`${name} ${n}`).digest(),
  );
  const content = Buffer.concat(blocks).subarray(0, size);
  return { name, version: '1.0.0', sha256: createHash('sha256').update(content).digest('hex'), content };
}

/** Writes bundles into a folder, with one frame for each call. */
export interface TestBundles {
  add(...crates: readonly TestCrate[]): Promise<void>;
  /** Finishes the current bundle. */
  finish(): Promise<void>;
  /** Leaves the current bundle unfinished, as a kill would. */
  abandon(): Promise<void>;
}

export async function testBundles(directory: string): Promise<TestBundles> {
  mkdirSync(mirrorHome(directory).temporaryDirectory, { recursive: true });
  const folder = await BundleFolder.open({ directory, verifyAll: false, onNote: () => {} });
  const writer = new BundleWriter(folder, { sizeLimit: 1e9, frameSize: 1 << 20, onFinished: () => {} });
  return {
    async add(...crates) {
      const builder = new FrameBuilder(1 << 20);
      for (const crate of crates) builder.add(memberOf(crate), crate.content);
      await writer.append(builder.take());
    },
    finish: () => writer.close(),
    abandon: () => writer.abandon(),
  };
}

function memberOf({ name, version, sha256, content }: TestCrate): Member {
  const path = `cr/at/${name}-${version}.crate`;
  return { url: `https://x.example/${path}`, name, version, path, size: content.length, sha256 };
}
