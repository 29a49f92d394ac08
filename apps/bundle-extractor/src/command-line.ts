import { type CommandSpec, type OptionSpec, parseCommand, SHARED_OPTIONS, VERSION } from '@crates-mirror/cli';
import { isCrateName, isRecordedVersion } from '@crates-mirror/crates-index/names';
import { UsageError } from '@crates-mirror/errors';
import type { ExtractorOptions, Wanted } from './options.ts';

const INPUT = 'Input';
const ACTION = 'What to do (without one: extract)';

const OPTIONS = [
  { flags: '--bundles-dir <dir>', description: 'directory of the bundles', group: INPUT },
  {
    flags: '--pattern <glob>',
    description: 'glob that matches the bundles in it',
    group: INPUT,
    default: '*.tar.zst',
  },
  {
    flags: '--crate <name[@version]>',
    description: 'only this crate, or this version of it',
    group: INPUT,
    parse: parseWanted,
  },
  { flags: '--out <dir>', description: 'write the crate files here, as loose files', group: ACTION },
  {
    flags: '--overwrite',
    description: 'replace existing files that differ',
    group: ACTION,
  },
  {
    flags: '--list',
    description: 'print path, size, SHA-256 and bundle of each member, and whether a newer bundle has it too',
    group: ACTION,
  },
  {
    flags: '--verify',
    description: 'verify each member against the manifests, without writing',
    group: ACTION,
  },
  ...SHARED_OPTIONS,
] as const satisfies readonly OptionSpec[];

const EXAMPLES = `Examples:
  crates-mirror-bundle-extractor --bundles-dir bundles --out mirror
      extract everything as loose files
  crates-mirror-bundle-extractor --bundles-dir bundles --crate serde@1.0.0 --out here
      one crate file, without reading the rest
  crates-mirror-bundle-extractor --bundles-dir bundles --verify
      verify every byte, for instance after transport

Every option may also be written with a single dash.
Exit codes: 0 all done, 1 something failed, 2 wrong usage or input, 130 interrupted.`;

export const COMMAND = {
  name: 'crates-mirror-bundle-extractor',
  version: VERSION,
  description: 'Extracts crate files from .tar.zst bundles; lists and verifies them.',
  options: OPTIONS,
  examples: EXAMPLES,
} as const satisfies CommandSpec;

/** @throws UsageError */
export function parseOptions(argv: readonly string[]): ExtractorOptions {
  const raw = parseCommand(COMMAND, argv).values;
  const { bundlesDir, pattern, crate, out, overwrite = false, list = false, verify = false } = raw;
  if (bundlesDir === undefined || bundlesDir.trim() === '')
    throw new UsageError('--bundles-dir is missing: where are the bundles?', { hint: 'See --help' });
  if (list && verify)
    throw new UsageError('--list and --verify exclude each other', { hint: 'Run once for each' });
  const isWriting = !list && !verify;
  if (isWriting && (out === undefined || out.trim() === ''))
    throw new UsageError('--out is missing: where should the crate files go?', {
      hint: 'Give --out, or --list or --verify, which write nothing',
    });
  if (!isWriting && (out !== undefined || overwrite))
    throw new UsageError(`--${list ? 'list' : 'verify'} writes nothing`, {
      hint: 'Leave out --out and --overwrite',
    });
  const { logFormat, logLevel, progressInterval, progressEvery } = raw;
  return {
    bundlesDir,
    pattern,
    action: list ? 'list' : verify ? 'verify' : 'extract',
    out: out ?? '',
    overwrite,
    crate,
    logFormat,
    logLevel,
    progressInterval,
    progressEvery,
  };
}

function parseWanted(text: string, before?: unknown): Wanted {
  if (before !== undefined)
    throw new UsageError('only one crate can be asked for', {
      hint: 'Run once for each, or for all of them',
    });
  const [name, version, ...rest] = text.split('@');
  if (!isCrateName(name) || rest.length > 0)
    throw new UsageError(`'${text}' is no crate name`, { hint: 'Write it like serde or serde@1.0.0' });
  if (version !== undefined && !isRecordedVersion(version))
    throw new UsageError(`'${version}' is no whole version`, { hint: 'Write it like serde@1.0.0' });
  return { name, version };
}
