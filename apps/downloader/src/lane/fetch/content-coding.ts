/** More codings than this on one body are an attack or a mistake. */
const MAX_CODINGS = 3;
/** A decoded body may be this much longer than what arrived: a crate file, which is compressed, hardly shrinks again. */
const MAX_GROWTH = 64;
/** Small bodies may grow to this size whatever their length was, bytes. */
const MIN_LIMIT = 1 << 20;

interface Limit {
  /** bytes */
  readonly maxOutputLength: number;
}

/**
 * Undoes the codings of a body.
 *
 * @param contentEncoding the header's value, like `gzip` or `gzip, br`, in the order in which they were applied
 * @returns undefined where it names a coding that is not known, or the content is not in that coding, or becomes too large
 */
export function decodeContent(content: Buffer, contentEncoding: string): Buffer | undefined {
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0 || codings.length > MAX_CODINGS) return undefined;
  const maxOutputLength = Math.max(MIN_LIMIT, content.length * MAX_GROWTH);
  try {
    let decoded = content;
    for (const coding of codings.reverse()) {
      const result = decodeOnce(decoded, coding, { maxOutputLength });
      if (result === undefined) return undefined;
      decoded = result;
    }
    return decoded;
  } catch {
    return undefined;
  }
}

/** The codings of RFC 9110, 8.4.1, RFC 7932 (br) and RFC 8878 (zstd). */
function decodeOnce(content: Buffer, coding: string, limit: Limit): Buffer | undefined {
  // Loaded only where it is needed.
  const zlib = process.getBuiltinModule('node:zlib');
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.gunzipSync(content, limit);
    case 'deflate':
      try {
        return zlib.inflateSync(content, limit);
      } catch {
        // Some servers send the bare stream by this name, without zlib's frame around it.
        return zlib.inflateRawSync(content, limit);
      }
    case 'br':
      return zlib.brotliDecompressSync(content, limit);
    case 'zstd':
      return zlib.zstdDecompressSync(content, limit);
    default:
      return undefined;
  }
}
