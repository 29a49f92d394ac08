import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome } from '@crates-mirror/layout';
import { target } from '../lane-in-test.ts';
import type { BundleGroup } from '../protocol.ts';
import type { Outcome } from '../target.ts';
import { BundleDestination } from './bundle-destination.ts';
import { CrateStore } from './crate-store.ts';
import type { StoreError } from './store-error.ts';

test('a large body is bundled from its temporary file, before anybody can write to its loose copy', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'bundled-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const out = join(directory, 'm');
  const bundles = join(directory, 'b');
  const { temporaryDirectory, ledgerDirectory } = mirrorHome(out);
  for (const needed of [temporaryDirectory, ledgerDirectory, mirrorHome(bundles).membersDirectory])
    mkdirSync(needed, { recursive: true });
  const groups: BundleGroup[] = [];
  const bundling = { mode: 'add', directory: bundles, held: [], files: {}, frameSize: 1 << 20 } as const;
  const destination = new BundleDestination(new CrateStore(out, false), bundling, (group) =>
    groups.push(group),
  );
  const content = Buffer.alloc(2 << 20, 'crate');
  const sha256 = sha256Hex(content);
  const wanted = target('serde', { sha256 });
  const body = destination.newBody(wanted);
  body.begin(content.length);
  body.data(content);
  const results: (Outcome | StoreError)[] = [];
  destination.place({ target: wanted, body, sha256, status: 'downloaded' }, (result) => results.push(result));
  const [group] = groups as [BundleGroup & { kind: 'file' }];
  assert.ok(group.source.startsWith(temporaryDirectory), group.source);
  assert.ok(readFileSync(group.source).equals(content));
  const loose = join(out, wanted.path);
  assert.deepEqual([existsSync(loose), results], [false, []]);
  destination.stored(group.group, 'bundle-0001');
  assert.ok(readFileSync(loose).equals(content));
  assert.deepEqual(readdirSync(temporaryDirectory), []);
  const storage = 'filesystem+bundle';
  assert.deepEqual(results, [
    { status: 'downloaded', size: content.length, sha256, storage, bundle: 'bundle-0001' },
  ]);
});
