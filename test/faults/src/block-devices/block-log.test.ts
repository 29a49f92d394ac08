import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@crates-mirror/sampling';
import { afterPowerCut, parseBlockLog } from './block-log.ts';

const SECTOR = 512;
const [FLUSH, FUA, MARK] = [1, 2, 8];

function entry(sector: number, letter: string, flags: number): Buffer {
  const head = Buffer.alloc(SECTOR);
  head.writeBigUInt64LE(BigInt(sector), 0);
  head.writeBigUInt64LE(letter === '' ? 0n : 1n, 8);
  head.writeBigUInt64LE(BigInt(flags), 16);
  return Buffer.concat([head, Buffer.alloc(letter === '' ? 0 : SECTOR, letter)]);
}

function logOf(...entries: Buffer[]): Buffer {
  const head = Buffer.alloc(SECTOR);
  head.writeBigUInt64LE(0x6a_7366_7773_6872n, 0);
  head.writeBigUInt64LE(1n, 8);
  head.writeBigUInt64LE(BigInt(entries.length), 16);
  head.writeUInt32LE(SECTOR, 24);
  return Buffer.concat([head, ...entries]);
}

/** The first letter of each of four sectors, as which all after the last flush were lost or not. */
function cut(log: Buffer, count: number, isLost: boolean): string {
  const writes = parseBlockLog(log);
  const { device } = afterPowerCut(Buffer.alloc(4 * SECTOR, '-'), writes, count, () => (isLost ? 0 : 1));
  return [0, 1, 2, 3]
    .map((sector) => device.toString('latin1', sector * SECTOR, sector * SECTOR + 1))
    .join('');
}

test('what a flush covers is there; later writes may be, and those with FUA are', () => {
  const log = logOf(
    entry(0, 'a', 0),
    entry(0, '', MARK),
    entry(0, '', FLUSH),
    entry(0, 'A', 0),
    entry(1, 'b', FUA),
    entry(2, 'c', 0),
  );
  assert.equal(cut(log, 5, true), 'ab--');
  assert.equal(cut(log, 5, false), 'Abc-');
  assert.equal(cut(log, 1, true), '----');
  assert.equal(cut(log, 2, true), 'a---');
});

test('another file is no log', () => {
  const random = seededRandom(1);
  const other = Buffer.from(Array.from({ length: 1024 }, () => Math.floor(random() * 256)));
  assert.throws(() => parseBlockLog(other), /no log of dm-log-writes/);
});
