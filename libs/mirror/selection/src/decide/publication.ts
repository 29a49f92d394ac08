import type { Entry } from '@crates-mirror/crates-index';

const FIELD = Buffer.from('"pubtime"');
/** The format that crates.io writes and cargo reads. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/**
 * When a version was published, from its line's `pubtime`, which crates.io has written since 2025.
 *
 * @param content the index file
 * @returns ms since the epoch; undefined if the line has no valid time
 */
export function publishedAt(content: Buffer, { start, end }: Entry): number | undefined {
  const line = content.subarray(start, end);
  // Most lines of an old index lack the field and need not be parsed.
  if (line.indexOf(FIELD) === -1) return undefined;
  const { pubtime } = JSON.parse(line.toString('utf8')) as { readonly pubtime?: unknown };
  if (typeof pubtime !== 'string' || !TIME.test(pubtime)) return undefined;
  const time = Date.parse(pubtime);
  return Number.isNaN(time) ? undefined : time;
}
