import { indexPrefix } from '@crates-mirror/crates-index/names';
import { UsageError } from '@crates-mirror/errors';

/** The values for a template. */
export interface CrateId {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of the crate file in hex; empty if unknown. */
  readonly sha256: string;
}

export type Template = (crate: CrateId) => string;

const MARKER = /\{([^{}]*)\}/g;

interface Filler {
  readonly fill: Template;
  /** Whether the value is the same for all versions of a crate. */
  readonly isOfName: boolean;
}

const FILLERS: Readonly<Record<string, Filler>> = {
  crate: { fill: ({ name }) => name, isOfName: true },
  version: { fill: ({ version }) => version, isOfName: false },
  prefix: { fill: ({ name }) => indexPrefix(name), isOfName: true },
  lowerprefix: { fill: ({ name }) => indexPrefix(name.toLowerCase()), isOfName: true },
  'sha256-checksum': { fill: ({ sha256 }) => sha256, isOfName: false },
};

/** The markers of cargo's `dl` (The Cargo Book, "Registry Index"). */
const MARKERS: readonly string[] = Object.keys(FILLERS).map((name) => `{${name}}`);

export function hasMarkers(text: string): boolean {
  return MARKERS.some((marker) => text.includes(marker));
}

/**
 * Compiles a text with cargo's markers.
 * @throws UsageError if it has an unknown marker or a stray brace
 */
export function compileTemplate(text: string): Template {
  const parts: (string | Filler)[] = [];
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
  return filled(parts);
}

/**
 * Fills a template. Versions of one crate are mostly consecutive, so the parts that depend only on
 * the name are cached.
 */
function filled(parts: readonly (string | Filler)[]): Template {
  let name: string | undefined;
  let rest: readonly (string | Template)[] = [];
  return (crate) => {
    if (crate.name !== name) {
      name = crate.name;
      rest = withName(parts, crate);
    }
    let result = '';
    for (const part of rest) result += typeof part === 'string' ? part : part(crate);
    return result;
  };
}

function withName(parts: readonly (string | Filler)[], crate: CrateId): (string | Template)[] {
  const rest: (string | Template)[] = [];
  let text = '';
  for (const part of parts) {
    if (typeof part === 'string') text += part;
    else if (part.isOfName) text += part.fill(crate);
    else {
      rest.push(text, part.fill);
      text = '';
    }
  }
  return [...rest, text];
}
