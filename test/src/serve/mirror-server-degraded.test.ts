import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mirrorSample, type RunningServer, startServer } from '../support/mirror-server-tools.ts';
import { scratch } from '../support/tools.ts';

const MIRROR = ['--mirror', 'out', '--index-dir', 'index'];
const ROMAN = 'out/ro/ma/roman-1.0.0.crate';
const MORSE = 'out/mo/rs/morse-0.1.2.crate';

async function get(server: RunningServer, path: string): Promise<{ status: number; text: string }> {
  const response = await fetch(server.origin + path);
  return { status: response.status, text: await response.text() };
}

/**
 * Repeats a request until the response is as expected; the test runner's time limit ends a test
 * that never gets it.
 */
async function until(server: RunningServer, path: string, expected: RegExp): Promise<string> {
  for (;;) {
    const { text } = await get(server, path);
    if (expected.test(text)) return text;
    await sleep(50);
  }
}

test('damage that nobody has asked for is warned of, counted and shown, until it is repaired', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const roman = readFileSync(join(cwd, ROMAN));
  // Truncated; overwritten with the same number of bytes; removed.
  writeFileSync(join(cwd, ROMAN), '');
  const morse = readFileSync(join(cwd, MORSE));
  writeFileSync(join(cwd, MORSE), Buffer.from(morse).fill(7));
  rmSync(join(cwd, 'out/te/xt/textkit-1.1.0.crate'));
  const server = await startServer(t, MIRROR, cwd);
  await until(server, '/healthz', /^degraded: 2 crate files damaged, 1 crate file lost\n$/);
  assert.equal((await get(server, '/healthz')).status, 200);
  const metrics = await until(server, '/metrics', /^crates_mirror_held_versions 30$/m);
  assert.match(metrics, /^crates_mirror_damaged_files 2$/m);
  assert.match(metrics, /^crates_mirror_lost_files 1$/m);
  assert.match((await get(server, '/')).text, /<strong>2 crate files damaged, 1 crate file lost<\/strong>/);
  for (const path of [ROMAN, MORSE])
    assert.equal(server.stderr().split(` is damaged in ${path}, and not served`).length, 2, server.stderr());

  writeFileSync(join(cwd, ROMAN), roman);
  writeFileSync(join(cwd, MORSE), morse);
  await until(server, '/healthz', /^degraded: 1 crate file lost\n$/);
  assert.match(await until(server, '/metrics', /^crates_mirror_held_versions 32$/m), /_damaged_files 0$/m);
});

test('damage is known as soon as a request comes upon it, and forgotten with the version that it was of', async (t) => {
  const cwd = scratch(t);
  await mirrorSample(t, cwd);
  const server = await startServer(t, MIRROR, cwd);
  await until(server, '/metrics', /^crates_mirror_held_versions 33$/m);
  writeFileSync(join(cwd, ROMAN), 'other bytes');
  assert.equal((await get(server, '/index/ro/ma/roman')).status, 404);
  assert.equal((await get(server, '/healthz')).text, 'degraded: 1 crate file damaged\n');
  assert.match(server.stderr(), new RegExp(` WARN roman 1\\.0\\.0 is damaged in ${ROMAN}, `));
  await until(server, '/metrics', /^crates_mirror_held_versions 32$/m);
  rmSync(join(cwd, 'index/ro'), { recursive: true });
  await until(server, '/healthz', /^ok\n$/);
});
