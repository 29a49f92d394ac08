/** Header fields of a response that decide what becomes of it, lower-case. All others are passed over. */
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
