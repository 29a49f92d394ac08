/** Response header fields that affect processing, in lower case. All others are skipped. */
export const WANTED_HEADERS: readonly string[] = [
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'date',
  'etag',
  'last-modified',
  'location',
  'retry-after',
];
