/** Reads a log of dm-log-writes: Documentation/admin-guide/device-mapper/log-writes.rst in Linux. */

const MAGIC = 0x6a_7366_7773_6872n;
const SECTOR = 512;
const FLUSH = 1n;
const FUA = 2n;
const DISCARD = 4n;
const MARK = 8n;

/** One entry of the log, in the order in which the device completed them. */
export interface LoggedWrite {
  /** Byte on the device */
  readonly offset: number;
  readonly data: Buffer;
  /** Whether all entries before it are on the medium. */
  readonly isFlush: boolean;
  /** Whether it is on the medium itself. */
  readonly isDurable: boolean;
}

/** @param log the content of the log device. @throws Error if it is none */
export function parseBlockLog(log: Buffer): LoggedWrite[] {
  if (log.readBigUInt64LE(0) !== MAGIC) throw new Error('this is no log of dm-log-writes');
  const count = Number(log.readBigUInt64LE(16));
  const sectorSize = log.readUInt32LE(24);
  const writes: LoggedWrite[] = [];
  let at = sectorSize;
  for (let i = 0; i < count; i++) {
    const [sector, sectors, flags] = [0, 8, 16].map((field) => log.readBigUInt64LE(at + field));
    at += sectorSize;
    const has = (flag: bigint): boolean => ((flags ?? 0n) & flag) !== 0n;
    if (has(MARK) || has(DISCARD)) continue;
    const size = Number(sectors) * SECTOR;
    const data = log.subarray(at, at + size);
    at += size;
    writes.push({ offset: Number(sector) * SECTOR, data, isFlush: has(FLUSH), isDurable: has(FUA) });
  }
  return writes;
}

/**
 * What a device may hold if its power fails after some of the writes: all that came before the last
 * flush, and any of those after it.
 *
 * @param base its content before the first write
 * @param count of the writes that were completed
 * @returns the content, and how many writes are lost
 */
export function afterPowerCut(
  base: Buffer,
  writes: readonly LoggedWrite[],
  count: number,
  random: () => number,
): { device: Buffer; lost: number } {
  const done = writes.slice(0, count);
  const flushed = done.findLastIndex(({ isFlush }) => isFlush);
  const device = Buffer.from(base);
  let lost = 0;
  for (const [i, { offset, data, isDurable }] of done.entries()) {
    if (i > flushed && !isDurable && random() < 0.5) lost += 1;
    else data.copy(device, offset);
  }
  return { device, lost };
}
