import { indexPrefix } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';

/** What a template is filled with. */
export interface CrateId {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the crate file in hex; empty where it is not known. */
  readonly sha256: string;
}

export type Template = (crate: CrateId) => string;

const MARKER = /\{([^{}]*)\}/g;

const FILLERS: Readonly<Record<string, Template>> = {
  crate: ({ name }) => name,
  version: ({ version }) => version,
  prefix: ({ name }) => indexPrefix(name),
  lowerprefix: ({ name }) => indexPrefix(name.toLowerCase()),
  'sha256-checksum': ({ sha256 }) => sha256,
};

/** The markers of cargo's `dl` (The Cargo Book, "Registry Index"). */
export const MARKERS: readonly string[] = Object.keys(FILLERS).map((name) => `{${name}}`);

export function hasMarkers(text: string): boolean {
  return MARKERS.some((marker) => text.includes(marker));
}

/** Compiles a text with cargo's markers. @throws UsageError for an unknown marker or a stray brace */
export function compileTemplate(text: string): Template {
  const parts: (string | Template)[] = [];
  let end = 0;
  for (const match of text.matchAll(MARKER)) {
    const filler = FILLERS[match[1] as string];
    if (filler === undefined) {
      throw new UsageError(`unknown marker '${match[0]}'`, { hint: `Use ${MARKERS.join(' ')}` });
    }
    parts.push(text.slice(end, match.index), filler);
    end = match.index + match[0].length;
  }
  parts.push(text.slice(end));
  if (parts.some((part) => typeof part === 'string' && /[{}]/.test(part))) {
    throw new UsageError(`'${text}' has a brace that belongs to no marker`, {
      hint: `Use ${MARKERS.join(' ')}`,
    });
  }
  return (crate) => {
    let result = '';
    for (const part of parts) result += typeof part === 'string' ? part : part(crate);
    return result;
  };
}
