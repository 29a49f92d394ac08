import type { OptionSpec } from '@crates-mirror/cli';
import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index/names';
import { UsageError } from '@crates-mirror/errors';

/** `serde`, or `serde@1.0.0`. */
export interface Asked {
  readonly name: string;
  readonly version: string | undefined;
}

export const EXPLAIN = {
  flags: '--explain <crate>',
  description: 'explain why versions of a crate are selected or not, like serde or serde@1.0.0, then exit',
  group: 'Selection',
  parse: parseAsked,
} as const satisfies OptionSpec;

function parseAsked(text: string): Asked {
  const [, name, version] = /^([^@]*)(?:@(.*))?$/s.exec(text) ?? [];
  if (!isCrateName(name) || (version !== undefined && !isRecordedVersion(version)))
    throw new UsageError(`'${text}' is no crate`, { hint: 'Write it like serde or serde@1.0.0' });
  return { name, version };
}
