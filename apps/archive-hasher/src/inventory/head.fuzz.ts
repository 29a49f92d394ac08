import { UsageError } from '@crates-mirror/errors';
import { parseHead } from './head.ts';

export const seeds = [
  `schemaVersion: 1
directory: {name: m, files: 2, links: 0}
hashes: {sha256: ${'0123456789abcdef'.repeat(4)}}
excluded: [{pattern: "*.tmp"}, {path: a}]
archive: {metadata: {path: a, size: 1, sha256: ${'0123456789abcdef'.repeat(4)}}}
`,
  'schemaVersion: 2\n',
  'a: &a [*a, 0x1f, 2026-11-30, !!binary aGk=, "\\u0000", |\n  x\n]\n',
];

/** An inventory's head is read, or refused as bad input. */
export function fuzz(data: Buffer): void {
  try {
    parseHead(data.toString(), 'm.yaml');
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
  }
}
