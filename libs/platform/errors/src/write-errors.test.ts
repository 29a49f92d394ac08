import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beforeRunningAgain, isFatalWrite, writeHint } from './index.ts';

test('a file beyond the limit of its file system needs smaller files, not space', () => {
  const tooLarge = Object.assign(new Error('EFBIG: file too large, write'), { code: 'EFBIG' });
  assert.equal(beforeRunningAgain(tooLarge), 'Use smaller files or another file system');
  assert.deepEqual(writeHint(tooLarge), { hint: 'Use smaller files or another file system and run again' });
  assert.ok(isFatalWrite('EFBIG'));
  assert.equal(beforeRunningAgain('ENOSPC'), 'Free some space');
});
