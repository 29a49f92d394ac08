import { UsageError } from '@crates-mirror/errors';
import type { Option } from 'commander';

/**
 * Accepts command lines written for Go's flag package: `-index-dir X`, `-limit=5`, `-bundle=false`.
 * Nothing after `--` is rewritten. An unknown name is left to commander, which suggests similar
 * spellings.
 *
 * @throws UsageError when a value is missing
 */
export function normalizeArgv(argv: readonly string[], options: readonly Option[]): string[] {
  const byName = new Map(
    options.filter((option) => option.long).map((option) => [option.long?.slice(2), option]),
  );
  const result: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] as string;
    if (argument === '--') return result.concat(argv.slice(i));
    const match = /^--?([a-z][a-z0-9-]+)(?:=(.*))?$/s.exec(argument);
    if (match === null) {
      result.push(argument);
      continue;
    }
    const [, name, value] = match;
    const option = byName.get(name);
    if (option === undefined) {
      result.push(`--${name}`);
      continue;
    }
    if (option.isBoolean() || option.negate) {
      if (value === 'false') {
        // A switch that is on by default also has its positive form.
        if (byName.has(`no-${name}`)) result.push(`--no-${name}`);
        continue;
      }
      result.push(value === undefined || value === 'true' ? `--${name}` : argument);
    } else if (value !== undefined) {
      result.push(`--${name}=${value}`);
    } else if (option.optional && !isValue(argv[i + 1])) {
      result.push(`--${name}`);
    } else {
      i += 1;
      const next = argv[i];
      if (next === undefined || isKnownOption(next, byName)) {
        throw new UsageError(`option '${option.flags}' argument missing`, { hint: 'See --help' });
      }
      // The next argument is this option's value even if it looks like an option: `-limit -5` must
      // report that -5 is not a valid limit.
      result.push(`--${name}=${next}`);
    }
  }
  return result;
}

/** Names of switches given as `--name=false`, which {@link normalizeArgv} removes. */
export function switchedOff(argv: readonly string[]): Set<string> {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return new Set(own.flatMap((argument) => /^--?([a-z][a-z0-9-]+)=false$/.exec(argument)?.[1] ?? []));
}

/** After an option with an optional value, an argument that looks like an option is one. */
function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith('-');
}

function isKnownOption(argument: string, byName: ReadonlyMap<string | undefined, Option>): boolean {
  const match = /^--?([a-z][a-z0-9-]+)(?:=.*)?$/s.exec(argument);
  return match !== null && byName.has(match[1]);
}
