/** HTTP/2 frames (RFC 9113, section 4.1) that no well-behaved server sends. */
export const HOSTILE_FRAMES = [
  'endless header block',
  'settings flood',
  'ping flood',
  'empty data flood',
  'frame too long',
  'window update of nothing',
  'window overflow',
  'data on stream 0',
  'push promise',
  'unknown frame type',
  'garbage header block',
] as const;

export type HostileFrames = (typeof HOSTILE_FRAMES)[number];

const [DATA, HEADERS, SETTINGS, PUSH_PROMISE, PING, WINDOW_UPDATE, CONTINUATION] = [0, 1, 4, 5, 6, 8, 9];
const UNKNOWN = 200;
const FLOOD = 2000;
const MAX_WINDOW = 2 ** 31 - 1;
const END_HEADERS = 4;

function frame(type: number, stream: number, payload: Buffer = Buffer.alloc(0), flags = 0): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  header.writeUInt8(flags, 4);
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function repeated(one: Buffer): Buffer {
  return Buffer.concat(Array.from({ length: FLOOD }, () => one));
}

/** A literal field without indexing (RFC 7541, section 6.2.2): `x: yyyy…` of 110 bytes. */
const FIELD = Buffer.concat([Buffer.from([0, 1, 0x78, 105]), Buffer.alloc(105, 0x79)]);

/** @param stream of the request that they answer */
export function hostileFrames(kind: HostileFrames, stream: number): Buffer {
  switch (kind) {
    case 'endless header block':
      return Buffer.concat([frame(HEADERS, stream, FIELD), repeated(frame(CONTINUATION, stream, FIELD))]);
    case 'settings flood':
      return repeated(frame(SETTINGS, 0));
    case 'ping flood':
      return repeated(frame(PING, 0, Buffer.alloc(8)));
    case 'empty data flood':
      return repeated(frame(DATA, stream));
    case 'frame too long':
      return frame(DATA, stream, Buffer.alloc(2 ** 20));
    case 'window update of nothing':
      return frame(WINDOW_UPDATE, 0, number(0));
    case 'window overflow':
      return Buffer.concat([
        frame(WINDOW_UPDATE, 0, number(MAX_WINDOW)),
        frame(WINDOW_UPDATE, 0, number(MAX_WINDOW)),
      ]);
    case 'data on stream 0':
      return frame(DATA, 0, Buffer.from('data'));
    case 'push promise':
      return frame(PUSH_PROMISE, stream, Buffer.concat([number(2), FIELD]), END_HEADERS);
    case 'unknown frame type':
      return frame(UNKNOWN, stream, Buffer.from('may be ignored'));
    case 'garbage header block':
      return frame(HEADERS, stream, Buffer.alloc(40, 0xff), END_HEADERS);
  }
}
