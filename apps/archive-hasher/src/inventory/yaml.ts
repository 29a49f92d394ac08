import { dump } from 'js-yaml';

/**
 * Strings are always quoted, so that readers of YAML 1.1 do not interpret them as a number, a date
 * or a boolean such as `no`. Lines are never folded, so that each entry has one line per field.
 */
const STYLE = { lineWidth: -1, forceQuotes: true, noRefs: true } as const;

/** Top-level keys with their values. */
export function yamlText(fields: Readonly<Record<string, unknown>>): string {
  return dump(fields, STYLE);
}

/** Formats the items of a list for the lines below `KEY:`. */
export function yamlItems(items: readonly object[]): string {
  return items.length === 0 ? '' : dump({ items }, STYLE).slice('items:\n'.length);
}
