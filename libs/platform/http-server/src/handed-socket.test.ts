import assert from 'node:assert/strict';
import { test } from 'node:test';
import { handedSocket } from './index.ts';

test('a socket is taken where it was handed to this very process, and no other', () => {
  assert.deepEqual(handedSocket({ LISTEN_FDS: '1', LISTEN_PID: '7' }, 7), { fd: 3 });
  for (const env of [
    {},
    { LISTEN_FDS: '1' },
    { LISTEN_FDS: '1', LISTEN_PID: '8' },
    { LISTEN_FDS: '0', LISTEN_PID: '7' },
    { LISTEN_FDS: 'x', LISTEN_PID: '7' },
  ])
    assert.equal(handedSocket(env, 7), undefined, JSON.stringify(env));
  assert.throws(() => handedSocket({ LISTEN_FDS: '2', LISTEN_PID: '7' }, 7), {
    name: 'UsageError',
    message: 'systemd hands over 2 sockets, and one is served',
  });
});
