/** More codings than this on one body indicate an attack or a mistake. */
const MAX_CODINGS = 3;
/**
 * Maximum ratio of the decoded to the received length: a crate file is already compressed, so it
 * hardly shrinks again.
 */
const MAX_GROWTH = 64;
/** Small bodies may decode to this many bytes whatever their length. */
const MIN_LIMIT = 1 << 20;

interface Limit {
  /** In bytes. */
  readonly maxOutputLength: number;
}

/**
 * Decodes the codings of a body.
 *
 * @param contentEncoding the header's value, like `gzip` or `gzip, br`, in the order in which the
 *   codings were applied
 * @returns undefined if a coding is unknown, the content is not in that coding, or the result is
 *   too large
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
  // Loaded on demand.
  const zlib = process.getBuiltinModule('node:zlib');
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.gunzipSync(content, limit);
    case 'deflate':
      try {
        return zlib.inflateSync(content, limit);
      } catch {
        // Under this name, some servers send the raw stream without zlib's frame.
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
