import assert from 'node:assert/strict';
import { registerHooks } from 'node:module';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createLogger, StatusLine } from './index.ts';

// Must be the first test of this file, because pino stays loaded afterwards.
test('pino that cannot be loaded yet is no reason to end before anything is logged', async (t) => {
  const written: string[] = [];
  const output = new StatusLine({ write: (text) => written.push(text) });
  const hooks = registerHooks({
    resolve: () => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    },
  });
  t.after(() => hooks.deregister());
  const logger = createLogger({ tool: 't', format: 'text', level: 'info', output });
  await nextTurn();
  hooks.deregister();
  logger.error('files can be opened again');
  assert.match(written.join(''), / ERROR files can be opened again\n$/);
});

test('a line is logged also when no file can be opened any more', async (t) => {
  const written: string[] = [];
  const output = new StatusLine({ write: (text) => written.push(text) });
  const logger = createLogger({ tool: 't', format: 'text', level: 'info', output });
  await nextTurn();
  const hooks = registerHooks({
    resolve: () => {
      throw Object.assign(new Error('too many open files'), { code: 'EMFILE' });
    },
  });
  t.after(() => hooks.deregister());
  logger.error('no file can be opened');
  assert.match(written.join(''), / ERROR no file can be opened\n$/);
});
