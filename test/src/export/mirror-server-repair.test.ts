import assert from 'node:assert/strict';
import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { sha256Hex } from '@crates-mirror/hashing';
import { lockHome } from '@crates-mirror/layout';
import { mirrorSample } from '../support/mirror-server-tools.ts';
import { type Cleanup, type Ended, readTree, runTool, scratch, summary } from '../support/tools.ts';

const LOOSE = ['--mirror', 'out', '--index-dir', 'index', '--public-url', 'https://m.example'];
const ROMAN = 'ro/ma/roman-1.0.0.crate';

function exportSite(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  return runTool(t, 'mirror-server', ['export', ...LOOSE, '--out', 'site', ...args], cwd);
}

const COPY = ['--files', 'copy'];

/** A mirror, and a site of it, with a file that `--prune` would remove. */
async function exported(t: Cleanup, ...how: string[]) {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const first = await exportSite(t, cwd, ...how);
  assert.equal(first.code, 0, first.stderr);
  writeFileSync(join(cwd, 'site/crates/left-over'), '');
  return { cwd, mirror: readTree(join(cwd, 'out')), site: readTree(join(cwd, 'site')) };
}

/** Compares everything but the site's own records. */
function assertSame(cwd: string, site: ReadonlyMap<string, Buffer>): void {
  const now = readTree(join(cwd, 'site'));
  for (const [path, bytes] of site)
    if (!path.startsWith('.crates-mirror')) assert.ok(now.get(path)?.equals(bytes), path);
}

test('a file damaged in the mirror stays in a site that has it whole, and nothing is pruned', async (t) => {
  const { cwd, site } = await exported(t, ...COPY);
  for (const bytes of ['', 'other bytes', String(site.get(`crates/${ROMAN}`)).replace(/^./, 'x')]) {
    writeFileSync(join(cwd, 'out', ROMAN), bytes);
    const ended = await exportSite(t, cwd, ...COPY, '--prune');
    assert.equal(ended.code, 1, ended.stdout);
    assert.match(ended.stderr, new RegExp(` WARN damaged in out/${ROMAN}: roman 1\\.0\\.0\n`));
    assert.match(
      ended.stdout,
      /^site was up to date to be served .*, but the mirror has damaged crate files/,
    );
    assert.match(ended.stdout, /\n {2}not in the mirror +0\n/);
    assert.match(
      ended.stdout,
      / damaged in the mirror +1 {3}1 stay as the site has them, 0 left out of the index: --repair puts those back/,
    );
    assert.match(
      ended.stdout,
      / named by nothing +1 {3}crate files; --prune removed none while crate files are/,
    );
    assertSame(cwd, site);
  }
});

test('a file gone from the mirror, which has verified it, stays in the site too', async (t) => {
  const { cwd, mirror, site } = await exported(t);
  rmSync(join(cwd, 'out', ROMAN));
  const ended = await exportSite(t, cwd, '--prune');
  assert.equal(ended.code, 1, ended.stdout);
  assert.match(ended.stderr, new RegExp(` WARN gone from out/${ROMAN}: roman 1\\.0\\.0\n`));
  assert.match(ended.stdout, / gone from the mirror +1 {3}1 stay as the site has them/);
  assertSame(cwd, site);
  const repaired = await exportSite(t, cwd, '--repair');
  assert.equal(repaired.code, 0, repaired.stderr);
  assert.deepEqual(readFileSync(join(cwd, 'out', ROMAN)), mirror.get(ROMAN));
});

test('a link to a damaged file is no whole copy: its entry goes, and the file stays', async (t) => {
  const { cwd, site } = await exported(t);
  writeFileSync(join(cwd, 'out', ROMAN), 'other bytes');
  const ended = await exportSite(t, cwd, '--prune', '--repair', '--log-format', 'json');
  assert.equal(ended.code, 1, ended.stdout);
  const { damaged, damaged_kept: kept, repaired } = summary(ended);
  assert.deepEqual({ damaged, kept, repaired }, { damaged: 1, kept: 0, repaired: 0 });
  const now = readTree(join(cwd, 'site'));
  assert.equal(now.has('index/ro/ma/roman'), false);
  assert.deepEqual(
    [...now.keys()].filter((path) => path.startsWith('crates/')),
    [...site.keys()].filter((path) => path.startsWith('crates/')),
  );
});

test('--repair puts whole copies of the site back into the mirror, whose next runs trust them', async (t) => {
  const { cwd, mirror, site } = await exported(t, ...COPY);
  writeFileSync(join(cwd, 'out', ROMAN), '');
  const ended = await exportSite(t, cwd, ...COPY, '--repair', '--prune');
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(
    ended.stderr,
    / INFO repaired out\/ro\/ma\/roman-1\.0\.0\.crate: roman 1\.0\.0, of which the site has a whole copy\n/,
  );
  assert.match(ended.stdout, / repaired +1 {3}put back into the mirror from the site\n/);
  assert.match(ended.stdout, /--prune removed none while crate files are repaired: run again\n/);
  assertSame(cwd, site);
  assert.deepEqual(readFileSync(join(cwd, 'out', ROMAN)), mirror.get(ROMAN));
  const { size, mtimeMs } = statSync(join(cwd, 'out', ROMAN));
  const ledger = readFileSync(join(cwd, 'out/.crates-mirror/verified-1/ro'), 'utf8');
  const line = `${ROMAN}\t${size}\t${mtimeMs}\t${sha256Hex(mirror.get(ROMAN) as Buffer)}\n`;
  assert.ok(ledger.endsWith(line), ledger);
  const next = await exportSite(t, cwd, ...COPY, '--prune');
  assert.equal(next.code, 0, next.stderr);
  assert.match(next.stdout, / named by nothing +1 {3}removed\n/);
});

test('a tree that no tool of ours has made is repaired too, and its layout is not written down', async (t) => {
  const { cwd, mirror } = await exported(t, ...COPY);
  rmSync(join(cwd, 'out/.crates-mirror'), { recursive: true });
  writeFileSync(join(cwd, 'out', ROMAN), 'other bytes');
  const ended = await exportSite(t, cwd, ...COPY, '--repair');
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual(readFileSync(join(cwd, 'out', ROMAN)), mirror.get(ROMAN));
  assert.deepEqual(readdirSync(join(cwd, 'out/.crates-mirror')).sort(), ['tmp', 'verified-1']);
});

test('a file that was verified for another checksum is not mirrored yet, and not damaged', async (t) => {
  const { cwd } = await exported(t, ...COPY);
  const path = join(cwd, 'index/ro/ma/roman');
  const anew = readFileSync(path, 'utf8').replace(/"cksum":"[0-9a-f]+"/, `"cksum":"${sha256Hex('anew')}"`);
  writeFileSync(path, anew);
  const ended = await exportSite(t, cwd, ...COPY);
  assert.equal(ended.code, 0, ended.stderr);
  assert.match(ended.stdout, / not in the mirror +1 {3}left out of the index: .*\n/);
  assert.doesNotMatch(ended.stderr, /damaged/);
});

test('--repair is refused without a mirror to write to, and while another run has it', async (t) => {
  const { cwd, site } = await exported(t, ...COPY);
  writeFileSync(join(cwd, 'out', ROMAN), '');
  const lock = lockHome(join(cwd, 'out'), '--out');
  const busy = await exportSite(t, cwd, ...COPY, '--repair');
  assert.equal(busy.code, 2, busy.stderr);
  assert.match(
    busy.stderr,
    /^mirror-server: another run \(process \d+ on .*\) is working on out\. Wait for it/,
  );
  lock.release();
  const bundled = ['export', '--bundles-dir', 'out', ...LOOSE.slice(2), '--out', 'site', '--repair'];
  const { code, stderr } = await runTool(t, 'mirror-server', bundled, cwd);
  assert.equal(code, 2, stderr);
  assert.match(stderr, /^mirror-server: --repair needs --mirror: crate files are put back as loose ones\. /);
  assertSame(cwd, site);
});
