import { UsageError } from '@crates-mirror/errors';
import type { OptionSpec } from './command-spec.ts';
import { valueName } from './option-values.ts';

const PATH = /<(?:dir|file)>$/;
const STORE_ADDRESS = /^s3:\/\//i;

/** Whether the values of an option are paths on this machine only. */
export function isLocal({ flags, acceptsStore }: OptionSpec): boolean {
  return PATH.test(flags) && acceptsStore !== true;
}

/**
 * Rejects addresses in an object store as values of options that take local paths. A tool would
 * read them as relative paths, and write to a directory called `s3:`.
 *
 * @param values by {@link valueName}; other values than texts are not checked
 * @throws UsageError
 */
export function checkLocalPaths(options: readonly OptionSpec[], values: object): void {
  const byName = new Map<string, unknown>(Object.entries(values));
  for (const option of options.filter(isLocal)) {
    const value = byName.get(valueName(option));
    const address = [value].flat().find((one) => typeof one === 'string' && STORE_ADDRESS.test(one));
    if (address === undefined) continue;
    const what = option.flags.endsWith('<dir>') ? 'directory' : 'file';
    throw new UsageError(
      `${option.flags.split(' ')[0]}: ${address} is in an object store, and a ${what} on this machine is needed`,
      { hint: option.storeHint ?? `Name a ${what}; --help lists the options that accept s3://bucket/prefix` },
    );
  }
}
