import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openIndex } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { parseLayout } from '@crates-mirror/layout';
import { entriesOf } from '@crates-mirror/selection/explain';
import { heldSizes } from './index.ts';

const CONTENT = 'seven b';
const SHA256 = { held: sha256Hex(Buffer.from(CONTENT)), absent: 'b'.repeat(64) };

test('sizes are those of the crate files that a mirror holds', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'held-sizes-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const write = (path: string, content: string): void => {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), content);
  };
  const line = (vers: string, cksum: string): string =>
    `${JSON.stringify({ name: 'held', vers, deps: [], cksum, features: {}, yanked: false })}\n`;
  write('index/config.json', '{}');
  write('index/he/ld/held', line('1.0.0', SHA256.held) + line('2.0.0', SHA256.absent));
  const layout = 'cargo';
  const path = parseLayout(layout).pathOf({ name: 'held', version: '1.0.0', sha256: SHA256.held });
  write(join('mirror', path), CONTENT);

  const entries = entriesOf(await openIndex(join(directory, 'index')), 'held');
  const mirror = join(directory, 'mirror');
  const sizeOf = await heldSizes({ mirror, bundlesDir: undefined, layout })(entries);
  assert.deepEqual(
    entries.map((entry) => sizeOf(entry)),
    [7, undefined],
  );
});
