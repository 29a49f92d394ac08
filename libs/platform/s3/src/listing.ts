import { elements, elementText } from './xml.ts';

/** An object as a listing tells of it. */
export interface ListedObject {
  readonly key: string;
  /** bytes */
  readonly size: number;
  /** without quotes */
  readonly etag: string;
}

export interface ListingPage {
  readonly objects: readonly ListedObject[];
  /** What keys have in common up to a delimiter, where one was given. */
  readonly prefixes: readonly string[];
  /** undefined on the last page */
  readonly next: string | undefined;
}

/** Parses an answer of ListObjectsV2 with `encoding-type=url`. @returns undefined for what is none */
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
    objects.push({ key: decode(key), size, etag: etag.replaceAll('"', '') });
  }
  const prefixes = elements(xml, 'CommonPrefixes').flatMap((one) => {
    const prefix = elementText(one, 'Prefix');
    return prefix === undefined ? [] : [decode(prefix)];
  });
  const next = truncated === 'true' ? elementText(xml, 'NextContinuationToken') : undefined;
  // Half a listing must not be taken for a whole one.
  return truncated === 'true' && next === undefined ? undefined : { objects, prefixes, next };
}

/** Keys are encoded as forms are: a space is a plus. */
function decodeKey(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return key;
  }
}
