import { ConnectionError } from './connection-error.ts';
import { ErrorCode, Setting } from './frames.ts';

/** The server's SETTINGS that a client needs. */
export interface ServerSettings {
  /** undefined if not included */
  readonly maxStreams: number | undefined;
  readonly namesTableSize: boolean;
}

/** RFC 9113, 6.5. @throws ConnectionError */
export function decodeSettings(payload: Buffer): ServerSettings {
  if (payload.length % 6 !== 0)
    throw new ConnectionError(ErrorCode.frameSizeError, 'SETTINGS of a wrong size');
  let maxStreams: number | undefined;
  let namesTableSize = false;
  for (let at = 0; at + 6 <= payload.length; at += 6) {
    const setting = payload.readUInt16BE(at);
    if (setting === Setting.maxConcurrentStreams) maxStreams = payload.readUInt32BE(at + 2);
    if (setting === Setting.headerTableSize) namesTableSize = true;
  }
  return { maxStreams, namesTableSize };
}

/** RFC 9113, 6.4. @returns the error code. @throws ConnectionError */
export function decodeReset(payload: Buffer): number {
  if (payload.length !== 4)
    throw new ConnectionError(ErrorCode.frameSizeError, 'a RST_STREAM of a wrong size');
  return payload.readUInt32BE();
}

/**
 * RFC 9113, 6.8.
 *
 * @returns the last stream that the server has processed, and the error code
 * @throws ConnectionError
 */
export function decodeGoaway(payload: Buffer): { readonly last: number; readonly code: number } {
  if (payload.length < 8) throw new ConnectionError(ErrorCode.frameSizeError, 'a GOAWAY too short');
  return { last: payload.readUInt32BE(0) & 0x7fffffff, code: payload.readUInt32BE(4) };
}
