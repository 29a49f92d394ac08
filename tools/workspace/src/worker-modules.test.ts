import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { test } from 'node:test';

const REPOSITORY = resolve(import.meta.dirname, '../../..');
/**
 * An `await` in a statement that begins at the margin. Formatted code has no other top-level await.
 */
const TOP_LEVEL_AWAIT = /^(?!.*\basync\b)(?=[^\s/*]).*\bawait\b/m;

// Terminating a thread while V8 evaluates an asynchronous module crashes the whole process:
// https://github.com/nodejs/node/issues/62114.
test('the modules that threads start with have no top-level await', () => {
  const workers = globSync('{apps,libs,tools}/**/src/**/*-worker.ts', { cwd: REPOSITORY });
  assert.ok(workers.length >= 10, workers.join());
  const wrong = workers.filter((path) => TOP_LEVEL_AWAIT.test(readFileSync(join(REPOSITORY, path), 'utf8')));
  assert.deepEqual(wrong, []);
});

test('a top-level await is found', () => {
  for (const code of ['await x();\n', 'const a = await x();\n', 'const a = b && (await x());\n'])
    assert.match(code, TOP_LEVEL_AWAIT);
  assert.doesNotMatch('async function f() {\n  await x();\n}\n', TOP_LEVEL_AWAIT);
});
