import assert from 'node:assert/strict';
import { get } from 'node:https';
import { test } from 'node:test';
import { faultsAtRandom, makeCertificate, RECOVERABLE_FAULTS, startRegistry } from './index.ts';

test('random faults come at their rate, by seed', () => {
  const plan = faultsAtRandom(1, 0.05);
  const drawn = Array.from({ length: 4000 }, (_, i) => plan(`/crates/${i}`, 1));
  for (const fault of RECOVERABLE_FAULTS) {
    const count = drawn.filter((one) => one === fault).length;
    assert.ok(count > 120 && count < 280, `${fault.kind} ${count} times`);
  }
  assert.deepEqual(
    drawn,
    Array.from({ length: 4000 }, (_, i) => faultsAtRandom(1, 0.05)(`/crates/${i}`, 1)),
  );
});

test('HEAD and Range are answered, or not, as configured', async () => {
  const body = Buffer.from('0123456789');
  for (const isOn of [true, false]) {
    const registry = await startRegistry({ find: () => body, protocol: 'http', head: isOn, range: isOn });
    try {
      const head = await fetch(`${registry.origin}/x`, { method: 'HEAD' });
      const range = await fetch(`${registry.origin}/x`, { headers: { range: 'bytes=2-4' } });
      const past = await fetch(`${registry.origin}/x`, { headers: { range: 'bytes=10-' } });
      assert.deepEqual([head.status, range.status, past.status], isOn ? [200, 206, 416] : [405, 200, 200]);
      assert.equal(await range.text(), isOn ? '234' : '0123456789');
    } finally {
      await registry.close();
    }
  }
});

test('an alert ends a connection, and the server goes on', async () => {
  const certificate = await makeCertificate();
  const registry = await startRegistry({
    find: () => Buffer.from('x'),
    protocol: 'https',
    certificate,
    sendsAlerts: true,
    faults: (path) => (path === '/bad' ? { kind: 'alert' } : undefined),
  });
  const status = (path: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const options = { ca: certificate.cert, agent: false };
      get(`${registry.origin}${path}`, options, (response) => {
        response.resume();
        resolve(response.statusCode);
      }).once('error', reject);
    });
  try {
    assert.equal(await status('/good'), 200);
    await assert.rejects(status('/bad'));
    assert.equal(await status('/good'), 200);
    assert.equal(registry.connections, 3);
  } finally {
    await registry.close();
  }
});
