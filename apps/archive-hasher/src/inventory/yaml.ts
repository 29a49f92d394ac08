import { dump } from 'js-yaml';

/**
 * Strings are always quoted: whatever looks like a number, a date or `no` stays a string for readers of YAML 1.1 too.
 * Lines are never folded, so that each entry has as many as it has fields.
 */
const STYLE = { lineWidth: -1, forceQuotes: true, noRefs: true } as const;

/** Top-level keys with their values. */
export function yamlText(fields: Readonly<Record<string, unknown>>): string {
  return dump(fields, STYLE);
}

/** Items of a list below a top-level key, as they stand below `KEY:`. */
export function yamlItems(items: readonly object[]): string {
  return items.length === 0 ? '' : dump({ items }, STYLE).slice('items:\n'.length);
}
