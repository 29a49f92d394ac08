import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, truncateSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { BundleFolder, BundlePresence, BundleWriter, FrameBuilder, type Member } from '../index.ts';

const FRAME = 64 << 10;
let directory: string;
let writer: BundleWriter;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'presence-'));
  mkdirSync(mirrorHome(directory).temporaryDirectory, { recursive: true });
  const folder = await BundleFolder.open({ directory, verifyAll: false, onNote: () => {} });
  writer = new BundleWriter(folder, { sizeLimit: 1 << 20, frameSize: FRAME, onFinished: () => {} });
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function append(name: string): Promise<string> {
  const content = Buffer.from(`crate file of ${name}`);
  const { length: size } = content;
  const url = `https://x.example/${name}`;
  const member: Member = { url, name, version: '1.0.0', path: name, size, sha256: sha256Hex(content) };
  const builder = new FrameBuilder(FRAME);
  assert.ok(builder.add(member, content));
  return writer.append(builder.take());
}

function bundlePath(): string {
  const name = readdirSync(directory).find((name) => name.startsWith('bundle-0001') && /\.zst/.test(name));
  return join(directory, name as string);
}

test('a bundle is there while it is written, when it is finished, and between its rename and its record', async () => {
  const presence = new BundlePresence(directory);
  assert.equal(presence.check('bundle-0001'), false);
  assert.equal(await append('one'), 'bundle-0001');
  assert.equal(presence.check('bundle-0001'), true);
  renameSync(bundlePath(), join(directory, 'bundle-0001-one-to-one.tar.zst'));
  assert.equal(presence.check('bundle-0001'), true);
  renameSync(bundlePath(), join(directory, 'bundle-0001.tar.zst.partial'));
  await writer.close();
  assert.equal(presence.check('bundle-0001'), true);
  assert.equal(presence.check('bundle-0002'), false);
});

test('a bundle under way that is gone is not there', async () => {
  const presence = new BundlePresence(directory);
  await append('one');
  rmSync(bundlePath());
  assert.equal(presence.check('bundle-0001'), false);
  await writer.abandon();
});

test('a finished bundle that is gone, shorter, or younger than its last check is not there', async () => {
  const presence = new BundlePresence(directory);
  await append('one');
  await writer.close();
  const path = bundlePath();
  renameSync(path, `${path}.aside`);
  assert.equal(presence.check('bundle-0001'), false);
  renameSync(`${path}.aside`, path);
  assert.equal(presence.check('bundle-0001'), true);
  utimesSync(path, 1, 1);
  assert.equal(presence.check('bundle-0001'), false);
  truncateSync(path, 10);
  assert.equal(presence.check('bundle-0001'), false);
});
