#!/usr/bin/env node
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExitCode, parseCommand, runMain, wholeNumber } from '@crates-mirror/cli';
import { openIndex } from '@crates-mirror/crates-index';
import { UsageError } from '@crates-mirror/errors';
import { sizeProfile } from '@crates-mirror/sample';
import { rewriteIndex } from './rewrite-index.ts';

const GROUP = 'Making an upstream';

await runMain('sample-registry:make', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'sample-registry:make',
      version: '0.1.0',
      description: 'Rewrites an index tree so that every checksum is that of a generated crate file.',
      options: [
        { flags: '--from <dir>', description: 'index to start from', group: GROUP },
        { flags: '--to <dir>', description: 'index to write', group: GROUP },
        {
          flags: '--median <bytes>',
          description: 'median size of a crate file',
          group: GROUP,
          default: '14000',
          parse: wholeNumber(1),
        },
        {
          flags: '--crates <n>',
          description: 'first n crates only (0: all)',
          group: GROUP,
          default: '0',
          parse: wholeNumber(0),
        },
        {
          flags: '--bodies <dir>',
          description: 'write the crate files too, for a web server of your own',
          group: GROUP,
        },
      ],
      examples:
        'Example:\n  npx nx run sample-registry:make --from crates.io-index --to index --median 500 --bodies www/crates',
    },
    argv,
  );
  const { from, to, median, crates, bodies } = values;
  if (from === undefined || to === undefined)
    throw new UsageError('--from and --to are required', { hint: 'See --help' });
  await openIndex(from);
  mkdirSync(to, { recursive: true });
  const result = rewriteIndex({
    from,
    to,
    profile: sizeProfile(median),
    dl: 'https://127.0.0.1/crates',
    ...(crates === 0 ? {} : { crates }),
    ...(bodies === undefined
      ? {}
      : { onBody: (name, version, body) => writeBody(bodies, name, version, body) }),
  });
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return ExitCode.done;
});

function writeBody(root: string, name: string, version: string, body: Buffer): void {
  mkdirSync(join(root, name), { recursive: true });
  writeFileSync(join(root, name, `${name}-${version}.crate`), body);
}
