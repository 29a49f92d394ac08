import type { Entry } from '@crates-mirror/crates-index';

const FIELD = Buffer.from('"pubtime"');
/** As crates.io writes it, and cargo reads it. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$/;

/**
 * When a version was published, by its line's `pubtime`, which crates.io has written since 2025.
 *
 * @param content the index file
 * @returns ms since the epoch; undefined where the line does not tell
 */
export function publishedAt(content: Buffer, { start, end }: Entry): number | undefined {
  const line = content.subarray(start, end);
  // Most lines of an old index have none, and need not be parsed for that.
  if (line.indexOf(FIELD) === -1) return undefined;
  const { pubtime } = JSON.parse(line.toString('utf8')) as { readonly pubtime?: unknown };
  if (typeof pubtime !== 'string' || !TIME.test(pubtime)) return undefined;
  const time = Date.parse(pubtime);
  return Number.isNaN(time) ? undefined : time;
}
