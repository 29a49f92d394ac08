import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing/sha256';
import { Gap } from '../test-crates.ts';
import { packTools } from './pack-tools.ts';
import { findTools } from './tools-archive.ts';

const NAME = 'crates-mirror-9.9.9-linux-x64.tar.gz';
const PLATFORM = 'linux-x64';

/** Creates a folder like that of a portable archive, with a program in it. */
function makeFolder(gap: Gap): string {
  const folder = 'crates-mirror-9.9.9-linux-x64';
  gap.write(`${folder}/bin/crates-mirror`, '#!/bin/sh\necho "runs from $0"\n');
  chmodSync(gap.at(folder, 'bin/crates-mirror'), 0o755);
  gap.write(`${folder}/node/bin/node`, 'Node.js');
  gap.write(`${folder}/lib/crates-mirror/bin/crates-mirror.js`, '// the program');
  symlinkSync('crates-mirror', gap.at(folder, 'bin/cm'));
  return gap.at(folder);
}

function makeGap(t: TestContext): Gap {
  const gap = new Gap(t);
  gap.publish('crate', '1.0.0', 'one');
  return gap;
}

function runs(gap: Gap, archive: string): string {
  mkdirSync(gap.at('unpacked'));
  execFileSync('tar', ['-xf', archive, '-C', gap.at('unpacked')]);
  return execFileSync(gap.at('unpacked/crates-mirror-9.9.9-linux-x64/bin/cm'), { encoding: 'utf8' });
}

test('an archive of the tools goes along in the first volume, and can be unpacked and run there', async (t) => {
  const gap = makeGap(t);
  const folder = makeFolder(gap);
  const archive = gap.at(NAME);
  execFileSync('tar', ['-czf', archive, '-C', gap.root, 'crates-mirror-9.9.9-linux-x64'], { cwd: folder });
  await gap.pack({ withTools: archive });
  const manifest = JSON.parse(readFileSync(gap.at('parcels/parcel-0001/parcel.json'), 'utf8'));
  const packed = gap.at('parcels/parcel-0001/volume-001', NAME);
  const bytes = readFileSync(packed);
  assert.ok(bytes.equals(readFileSync(archive)));
  assert.deepEqual(manifest.volumes[0].files[0], {
    kind: 'tools',
    name: NAME,
    size: bytes.length,
    sha256: sha256Hex(bytes),
  });
  execFileSync('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: gap.at('parcels/parcel-0001') });
  assert.match(runs(gap, packed), /^runs from /);
  await gap.unpack();
  assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
  await gap.pack({ again: 1, to: gap.at('again') });
  assert.deepEqual(gap.tree('again'), gap.tree('parcels'));
});

test('the tools alone make a parcel, too', async (t) => {
  const gap = makeGap(t);
  await gap.pack();
  gap.write(NAME, 'an archive');
  await gap.pack({ since: 'last', withTools: gap.at(NAME) });
  await gap.unpack();
  assert.deepEqual(gap.tree('far-index'), gap.tree('index'));
});

test('a program from a portable archive packs the folder that it runs from', async (t) => {
  const gap = makeGap(t);
  const folder = makeFolder(gap);
  const installation = {
    script: `${folder}/lib/crates-mirror/bin/crates-mirror.js`,
    node: `${folder}/node/bin/node`,
    platform: PLATFORM,
  };
  const source = findTools('own', installation);
  assert.match(source.name, /^crates-mirror-\d.*-linux-x64\.tar\.gz$/);
  mkdirSync(gap.at('out'));
  const file = await packTools(source, gap.at('out'), new AbortController().signal);
  assert.equal(file.sha256, sha256Hex(readFileSync(gap.at('out', file.name))));
  assert.match(runs(gap, gap.at('out', file.name)), /^runs from /);
});

test('a program from a clone packs what was built last for its platform', (t) => {
  const gap = makeGap(t);
  gap.write('clone/nx.json', '{}');
  gap.write('clone/apps/carrier/main.js', '');
  const installation = {
    script: gap.at('clone/apps/carrier/main.js'),
    node: '/usr/bin/node',
    platform: PLATFORM,
  };
  assert.throws(
    () => findTools('own', installation),
    /--with-tools: .* does not come from a portable archive$/,
  );
  for (const [i, name] of ['1.0.0-linux-x64', '2.0.0-linux-x64', '2.0.0-linux-arm64'].entries()) {
    gap.write(`clone/dist/crates-mirror-${name}.tar.zst`, '');
    utimesSync(gap.at(`clone/dist/crates-mirror-${name}.tar.zst`), i, i);
  }
  assert.equal(findTools('own', installation).name, 'crates-mirror-2.0.0-linux-x64.tar.zst');
});

test('anything but an archive of the tools is refused before anything is packed', async (t) => {
  const gap = makeGap(t);
  gap.write('tools.tar.gz', 'an archive');
  await assert.rejects(gap.pack({ withTools: gap.at('none') }), /--with-tools: cannot read .*none/);
  await assert.rejects(gap.pack({ withTools: gap.at('index') }), /--with-tools: .* is not a file$/);
  await assert.rejects(
    gap.pack({ withTools: gap.at('tools.tar.gz') }),
    /is not called like an archive of the/,
  );
});
