import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { AdvisoryDatabase } from '@crates-mirror/advisories';
import { MemberLedger } from '@crates-mirror/bundle';
import { indexShard } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { mirrorHome, parseLayout } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { findAffected } from './affected.ts';
import { affectedJson, affectedText } from './affected-rows.ts';

function setUp(t: TestContext): string {
  const root = mkdtempSync(join(tmpdir(), 'affected-'));
  t.after(() => rmSync(root, { recursive: true }));
  const advise = (id: string, name: string, patched: string): void => {
    const directory = join(root, 'db/crates', name);
    mkdirSync(directory, { recursive: true });
    const front = `[advisory]\nid = "${id}"\npackage = "${name}"\ndate = "2026-11-02"\n[versions]\npatched = [${patched}]`;
    writeFileSync(join(directory, `${id}.md`), `\`\`\`toml\n${front}\n\`\`\`\n\n# It ${name}s\n`);
  };
  advise('RUSTSEC-2026-0001', 'melt', '">=1.10.0"');
  advise('RUSTSEC-2026-0002', 'steal', '');
  advise('RUSTSEC-2026-0003', 'other', '');
  return root;
}

/** Sets up verified loose crate files and a bundle member. */
function hold(root: string): void {
  const ledger = new VerifiedLedger(mirrorHome(join(root, 'out')).ledgerDirectory);
  mkdirSync(mirrorHome(join(root, 'out')).ledgerDirectory, { recursive: true });
  for (const [name, version] of [
    ['melt', '1.9.0'],
    ['melt', '1.2.0'],
    ['melt', '1.10.0'],
    ['melt', '0.1.0'],
    ['fine', '1.0.0'],
  ] as const) {
    const path = parseLayout('cargo').pathOf({ name, version, sha256: '' });
    mkdirSync(dirname(join(root, 'out', path)), { recursive: true });
    writeFileSync(join(root, 'out', path), version);
    const { size, mtimeMs } = statSync(join(root, 'out', path));
    ledger.remember(indexShard(name), path, size, mtimeMs, sha256Hex(version));
  }
  ledger.flush();
  rmSync(join(root, 'out/me/lt/melt-0.1.0.crate'));
  const { membersDirectory } = mirrorHome(join(root, 'bundles'));
  mkdirSync(membersDirectory, { recursive: true });
  const members = new MemberLedger(membersDirectory, []);
  const path = 'st/ea/steal-0.1.0.crate';
  members.rememberAll('bundle-0001', [
    { url: '', name: 'steal', version: '0.1.0', path, size: 1, sha256: sha256Hex('') },
  ]);
}

test('held crate files that advisories affect are listed, loose or in bundles, named by an index or not', (t) => {
  const root = setUp(t);
  hold(root);
  const database = AdvisoryDatabase.open(join(root, 'db'), assert.fail);
  const bundle = { mode: 'only', directory: join(root, 'bundles'), sizeLimit: 1 } as const;
  const options = { out: join(root, 'out'), bundle };
  const affected = findAffected(database, options, ['bundle-0001']);
  assert.deepEqual(affectedText(affected), [
    '',
    '3 versions here are what advisories are about:',
    '  RUSTSEC-2026-0001  melt 1.2.0, 1.9.0 (vulnerability): It melts',
    '  RUSTSEC-2026-0002  steal 0.1.0 (vulnerability): It steals',
  ]);
  assert.deepEqual(affectedJson(affected.slice(1)), [
    {
      id: 'RUSTSEC-2026-0002',
      crate: 'steal',
      versions: ['0.1.0'],
      date: '2026-11-02',
      informational: null,
      title: 'It steals',
    },
  ]);
  const none = findAffected(database, { out: join(root, 'nothing'), bundle: undefined }, []);
  assert.deepEqual(affectedText(none), ['', 'No crate file here is of a version that an advisory is about.']);
  assert.deepEqual([affectedText(undefined), affectedJson(undefined)], [[], null]);
});
