import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { rename } from './rename.ts';
import { flushDirectory } from './rename-new.ts';

function failure(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}

/** Renames where the first attempts fail. @returns the result, and the number of attempts */
function renamed(platform: NodeJS.Platform, failures: readonly string[]) {
  const left = [...failures];
  let attempts = 0;
  let waited = 0;
  const attempt = (): string => {
    attempts += 1;
    const code = left.shift();
    if (code !== undefined) throw failure(code);
    return 'done';
  };
  try {
    rename('a', 'b', { platform, rename: attempt, pause: (ms) => (waited += ms) });
    return { attempts, waited, code: undefined };
  } catch (error) {
    return { attempts, waited, code: (error as NodeJS.ErrnoException).code };
  }
}

test('on Windows, a file that is open elsewhere is renamed once it is let go of', () => {
  const codes = fc.constantFrom('EPERM', 'EACCES', 'EBUSY');
  fc.assert(
    fc.property(fc.array(codes, { maxLength: 7 }), (failures) => {
      const { attempts, code, waited } = renamed('win32', failures);
      assert.deepEqual([attempts, code], [failures.length + 1, undefined]);
      assert.ok(waited < 2000);
    }),
  );
  const forEver = renamed('win32', Array(20).fill('EBUSY'));
  assert.deepEqual([forEver.attempts, forEver.code], [8, 'EBUSY']);
});

test('elsewhere, and for other failures, the first answer counts', () => {
  assert.deepEqual(renamed('linux', ['EPERM']), { attempts: 1, waited: 0, code: 'EPERM' });
  assert.deepEqual(renamed('win32', ['ENOENT']), { attempts: 1, waited: 0, code: 'ENOENT' });
  assert.deepEqual(renamed('win32', ['EBUSY', 'ENOSPC']), { attempts: 2, waited: 10, code: 'ENOSPC' });
});

test('Windows, where a directory cannot be opened, is not asked to flush one', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'flush-'));
  t.after(() => rmSync(directory, { recursive: true }));
  flushDirectory(directory);
  assert.throws(() => flushDirectory(join(directory, 'none')), { code: 'ENOENT' });
  flushDirectory(join(directory, 'none'), 'win32');
});
