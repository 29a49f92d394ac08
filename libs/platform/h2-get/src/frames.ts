/** Frames of HTTP/2 (RFC 9113). */

export const FRAME_HEADER_SIZE = 9;
/** SETTINGS_MAX_FRAME_SIZE by default. */
export const MAX_FRAME_SIZE = 16_384;
export const CONNECTION_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** Default window sizes, bytes. */
export const DEFAULT_WINDOW = 65_535;

export const FrameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

export const Flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

export const Setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
} as const;

/** RFC 9113, 7 */
export const ErrorCode = {
  noError: 0,
  protocolError: 1,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
  http11Required: 13,
} as const;

const ERROR_NAMES: readonly string[] = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
];

/** The name in RFC 9113, 7. */
export function errorName(code: number): string {
  return ERROR_NAMES[code] ?? `error ${code}`;
}

/** RFC 9113, 4.1. @param stream its id; 0 is the connection */
export function encodeFrame(type: number, flags: number, stream: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(FRAME_HEADER_SIZE + payload.byteLength);
  frame.writeUIntBE(payload.byteLength, 0, 3);
  frame[3] = type;
  frame[4] = flags;
  frame.writeUInt32BE(stream, 5);
  frame.set(payload, FRAME_HEADER_SIZE);
  return frame;
}

/** RFC 9113, 6.5. @param settings identifiers and values */
export function encodeSettings(settings: readonly (readonly [number, number])[]): Buffer {
  const payload = Buffer.alloc(6 * settings.length);
  for (const [i, [id, value]] of settings.entries()) {
    payload.writeUInt16BE(id, 6 * i);
    payload.writeUInt32BE(value, 6 * i + 2);
  }
  return encodeFrame(FrameType.settings, 0, 0, payload);
}

/** Frames with a single number as payload: RST_STREAM and WINDOW_UPDATE. */
export function encodeNumber(type: number, stream: number, value: number): Buffer {
  const payload = Buffer.allocUnsafe(4);
  payload.writeUInt32BE(value);
  return encodeFrame(type, 0, stream, payload);
}

/** RFC 9113, 6.8. @param code why. The last stream is 0, since the server has opened none */
export function encodeGoaway(code: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(code, 4);
  return encodeFrame(FrameType.goaway, 0, 0, payload);
}

/** The largest identifier of a stream (RFC 9113, 5.1.1). */
export const LAST_STREAM_ID = 2 ** 31 - 1;
/**
 * A table of size 0: ours is never used, and a change of its size has to be signaled (RFC 7541,
 * 4.2).
 */
export const NO_TABLE = Buffer.from([0x20]);
export const PING = encodeFrame(FrameType.ping, 0, 0, Buffer.from('still on'));
