import assert from 'node:assert/strict';
import type { NetworkInterfaceInfo } from 'node:os';
import { test } from 'node:test';
import { announcement } from './announce.ts';

const HTTP = { publicUrl: undefined, tls: undefined };
const TLS = { publicUrl: undefined, tls: { certFile: 'c', keyFile: 'k' } };

function info(family: 'IPv4' | 'IPv6', address: string, internal = false): NetworkInterfaceInfo {
  const common = { address, netmask: '', mac: '', internal, cidr: null };
  return family === 'IPv4' ? { ...common, family } : { ...common, family, scopeid: 0 };
}

const interfaces = () => ({
  lo: [info('IPv4', '127.0.0.1', true), info('IPv6', '::1', true)],
  eth0: [info('IPv4', '192.0.2.7'), info('IPv6', '2001:db8::7'), info('IPv6', 'fe80::7')],
});

test('an address that was asked for is the one that is reported', () => {
  const at = { address: { host: '127.0.0.1', port: 8080 }, authority: '127.0.0.1:8080' };
  assert.deepEqual(announcement(HTTP, at, interfaces), [
    'serving on http://127.0.0.1:8080/',
    'cargo finds the registry at sparse+http://127.0.0.1:8080/index/',
  ]);
  assert.deepEqual(announcement({ ...TLS, publicUrl: 'https://m.example/x' }, at, interfaces), [
    'serving on https://127.0.0.1:8080/',
    'cargo finds the registry at sparse+https://m.example/x/index/',
  ]);
});

test('of a wildcard, the addresses are reported that other machines can use', () => {
  const four = { address: { host: '0.0.0.0', port: 80 }, authority: '0.0.0.0:80' };
  const six = { address: { host: '::', port: 80 }, authority: '[::]:80' };
  assert.deepEqual(announcement(HTTP, four, interfaces), [
    'serving on port 80 of all addresses of this machine: http://192.0.2.7:80/',
    'cargo finds the registry at sparse+http://192.0.2.7:80/index/',
  ]);
  assert.deepEqual(announcement(HTTP, six, interfaces), [
    'serving on port 80 of all addresses of this machine: http://192.0.2.7:80/, http://[2001:db8::7]:80/',
    'cargo finds the registry at sparse+http://192.0.2.7:80/index/',
  ]);
  assert.match(
    announcement(TLS, six, interfaces)[1] as string,
    /sparse\+https:\/\/NAME:80\/index\/, where NAME is one that its certificate has$/,
  );
  assert.deepEqual(
    announcement({ ...HTTP, publicUrl: 'https://m.example' }, four, () => ({})),
    [
      'serving on port 80 of all addresses of this machine',
      'cargo finds the registry at sparse+https://m.example/index/',
    ],
  );
});
