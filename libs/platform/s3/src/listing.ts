import { elements, elementText } from './xml.ts';

/** An object in a listing. */
export interface ListedObject {
  readonly key: string;
  /** bytes */
  readonly size: number;
  /** without quotes */
  readonly etag: string;
  /** When it was written, ms since the epoch, if the store says so. */
  readonly modifiedAt?: number;
}

export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** Common prefixes of keys up to a delimiter, if one was given. */
  readonly prefixes: readonly string[];
  /** undefined on the last page */
  readonly next: string | undefined;
}

/**
 * Parses a response of ListObjectsV2 with `encoding-type=url`.
 *
 * @returns undefined if it is not one
 */
export function parseListing(xml: string): ListingPage | undefined {
  const truncated = elementText(xml, 'IsTruncated');
  if (truncated === undefined) return undefined;
  const isEncoded = elementText(xml, 'EncodingType') === 'url';
  const decode = isEncoded ? decodeKey : (key: string): string => key;
  const objects: ListedObject[] = [];
  for (const content of elements(xml, 'Contents')) {
    const key = elementText(content, 'Key');
    const size = Number(elementText(content, 'Size'));
    const etag = elementText(content, 'ETag');
    if (key === undefined || etag === undefined || !Number.isSafeInteger(size)) return undefined;
    const modifiedAt = Date.parse(elementText(content, 'LastModified') ?? '');
    const time = Number.isNaN(modifiedAt) ? {} : { modifiedAt };
    objects.push({ key: decode(key), size, etag: etag.replaceAll('"', ''), ...time });
  }
  const prefixes = elements(xml, 'CommonPrefixes').flatMap((one) => {
    const prefix = elementText(one, 'Prefix');
    return prefix === undefined ? [] : [decode(prefix)];
  });
  const next = truncated === 'true' ? elementText(xml, 'NextContinuationToken') : undefined;
  // A truncated listing must not pass as complete.
  return truncated === 'true' && next === undefined ? undefined : { objects, prefixes, next };
}

/** Keys are form-encoded: a space is a plus. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
