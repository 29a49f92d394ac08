import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findDownloader, signalForChild } from './downloader-process.ts';

test('a downloader that takes --help for something else is not waited for', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'downloader-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'script');
  writeFileSync(file, '#!/bin/sh\ntrap "" TERM\necho -only-crates\nexec sleep 400\n', {
    mode: 0o755,
  });
  assert.equal(await findDownloader(file).takesSelection(), false);
});

test('on Windows the console asks the downloader itself, which a signal would end at once', () => {
  assert.equal(signalForChild('SIGINT', 'win32'), undefined);
  assert.equal(signalForChild('SIGTERM', 'linux'), 'SIGTERM');
});
