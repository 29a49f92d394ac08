import { UsageError } from '@crates-mirror/errors';
import type { Option } from 'commander';

/**
 * Lets command lines written for Go's flag package work as they stand: `-index-dir X`, `-limit=5`, `-bundle=false`.
 * Nothing after `--` is rewritten. An unknown name is left to commander, as one whose spelling it looks into.
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
        // Of a switch that is on unless said otherwise there is the other half, too.
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
      // The value belongs to this option whatever it looks like: `-limit -5` must say that -5 is no limit.
      result.push(`--${name}=${next}`);
    }
  }
  return result;
}

/** Names of switches that are given as `--name=false`, of which nothing is left after {@link normalizeArgv}. */
export function switchedOff(argv: readonly string[]): Set<string> {
  const end = argv.indexOf('--');
  const own = end === -1 ? argv : argv.slice(0, end);
  return new Set(own.flatMap((argument) => /^--?([a-z][a-z0-9-]+)=false$/.exec(argument)?.[1] ?? []));
}

/** Of an option whose value may be left out, what looks like an option is another one. */
function isValue(argument: string | undefined): boolean {
  return argument !== undefined && !argument.startsWith('-');
}

function isKnownOption(argument: string, byName: ReadonlyMap<string | undefined, Option>): boolean {
  const match = /^--?([a-z][a-z0-9-]+)(?:=.*)?$/s.exec(argument);
  return match !== null && byName.has(match[1]);
}
