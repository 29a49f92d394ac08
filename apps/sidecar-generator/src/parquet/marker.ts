import { UsageError } from '@crates-mirror/errors';

/** Marks a data set, so that files or objects of others are never replaced. */
export const MARKER = 'data-set.json';
/** Version of the marker, and of the naming and division of partitions. */
const FORMAT_VERSION = 1;
export const MARKER_TEXT = `${JSON.stringify({ format_version: FORMAT_VERSION })}\n`;

/** @param text content of a marker */
export function isMarked(text: string): boolean {
  try {
    return (JSON.parse(text) as { format_version?: unknown }).format_version === FORMAT_VERSION;
  } catch {
    return false;
  }
}

/** @param marker its path or address */
export function otherVersion(marker: string): UsageError {
  return new UsageError(`--parquet-out: ${marker} is of another version of this tool, or damaged`, {
    hint: 'Name another place, or remove this data set, which the index can make anew',
  });
}

/** @param place without a marker. @param found a Parquet file in it */
export function notOurs(place: string, found: string): UsageError {
  return new UsageError(`--parquet-out: ${place} has ${found}, and is no data set of this tool`, {
    hint: 'Name an empty place',
  });
}
