import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { UsageError } from '@crates-mirror/errors';
import { readGivenFile } from './given-file.ts';

function scratch(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'given-'));
  t.after(() => rmSync(directory, { recursive: true }));
  return directory;
}

function refusal(path: string): string {
  try {
    readGivenFile('--names', path);
    return 'read';
  } catch (error) {
    assert.ok(error instanceof UsageError, String(error));
    return error.message.replaceAll(path, 'P');
  }
}

test('a file is read; a directory, a device, and a missing or endless file are refused', (t) => {
  const root = scratch(t);
  const file = join(root, 'file');
  writeFileSync(file, 'serde\n');
  assert.equal(readGivenFile('--names', file).toString(), 'serde\n');
  assert.equal(refusal(join(root, 'missing')), '--names: cannot read P: there is no such file or directory');
  assert.equal(refusal(root), '--names: cannot read P: it is a directory');
  truncateSync(file, 300 << 20);
  assert.equal(refusal(file), `--names: P has more than ${256 << 20} bytes`);
  if (process.platform === 'win32') return;
  for (const device of ['/dev/zero', '/dev/null'])
    assert.equal(refusal(device), '--names: cannot read P: it is a device');
});

test('a pipe without a writer is refused, and never waited for', (t) => {
  const pipe = join(scratch(t), 'pipe');
  if (spawnSync('mkfifo', [pipe]).status !== 0) return t.skip('needs mkfifo');
  assert.equal(refusal(pipe), '--names: P is a pipe without content');
});

test("a shell's <(…) is read to its end, however late it comes, and can be read twice", (t) => {
  if (spawnSync('bash', ['-c', 'true']).status !== 0) return t.skip('needs bash');
  const code = `import { readGivenFile } from ${JSON.stringify(join(import.meta.dirname, 'given-file.ts'))};
    const [, path] = process.argv;
    for (let i = 0; i < 2; i++) process.stdout.write(readGivenFile('--names', path));`;
  const script = '"$0" --input-type=module -e "$1" <(sleep 0.2; echo serde; sleep 0.2; seq 30000)';
  const text = execFileSync('bash', ['-c', script, process.execPath, code], { encoding: 'utf8' });
  const numbers = Array.from({ length: 30_000 }, (_, i) => `${i + 1}\n`).join('');
  assert.equal(text, `serde\n${numbers}`.repeat(2));
});
