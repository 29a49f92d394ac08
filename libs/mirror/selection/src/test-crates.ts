import { type CrateLines, indexPath, parseIndexFile } from '@crates-mirror/crates-index';
import { Selection } from './decide/selection.ts';
import { NO_RULES, type SelectionRules } from './model/rules.ts';

/** A line of an artificial index. */
export interface MadeLine {
  readonly vers: string;
  readonly yanked?: boolean;
  readonly pubtime?: string | undefined;
  readonly deps?: readonly object[];
  readonly cksum?: string;
}

export const CKSUM = 'a'.repeat(64);

export function lineOf(name: string, line: MadeLine): string {
  return `${JSON.stringify({ name, deps: [], cksum: CKSUM, features: {}, yanked: false, ...line })}\n`;
}

/** A crate as if its index file had been read. */
export function crateOf(name: string, lines: readonly (MadeLine | string)[]): CrateLines {
  const path = indexPath(name);
  const made = lines.map((line) => lineOf(name, typeof line === 'string' ? { vers: line } : line));
  const content = Buffer.from(made.join(''));
  return { path, content, entries: parseIndexFile(content, path).entries };
}

export const NOW = Date.parse('2026-06-15T12:00:00Z');

export function selectionOf(rules: Partial<SelectionRules>, chosen?: SharedArrayBuffer): Selection {
  return new Selection({ rules: { ...NO_RULES, ...rules }, chosen, now: NOW });
}
