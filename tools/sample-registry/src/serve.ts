#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { ExitCode, parseCommand, runMain, wholeNumber } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { buildSample, serveGenerated, serveSample, sizeProfile } from '@crates-mirror/sample';
import { faultsAtRandom, makeCertificate, startRegistry } from '@crates-mirror/upstream-server';

const GROUP = 'Serving';

await runMain('sample-registry:serve', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'sample-registry:serve',
      version: '0.1.0',
      description: 'Serves the embedded sample, or generated crate files, on 127.0.0.1 until interrupted.',
      options: [
        {
          flags: '--median <bytes>',
          description: 'serve generated crate files of this median size (0: the sample)',
          group: GROUP,
          default: '0',
          parse: wholeNumber(0),
        },
        {
          flags: '--port <n>',
          description: 'port (0: any)',
          group: GROUP,
          default: '0',
          parse: wholeNumber(0, 65535),
        },
        {
          flags: '--protocol <p>',
          description: 'what to speak',
          group: GROUP,
          default: 'h2',
          choices: ['h2', 'h2c', 'https', 'http'],
        },
        {
          flags: '--faults <rate>',
          description: 'share of requests that get each kind of fault, like 0.05',
          group: GROUP,
          default: '0',
          parse: parseRate,
        },
        {
          flags: '--seed <n>',
          description: 'seed of the faults',
          group: GROUP,
          default: '1',
          parse: wholeNumber(0),
        },
        {
          flags: '--goaway-every <n>',
          description: 'GOAWAY after n requests of a connection (0: never)',
          group: GROUP,
          default: '0',
          parse: wholeNumber(0),
        },
        { flags: '--ca-out <file>', description: 'write the certificate here, for --ca-file', group: GROUP },
      ],
      examples: 'Example:\n  npx nx run sample-registry:serve --median 500 --faults 0.05 --ca-out ca.pem',
    },
    argv,
  );
  const { median, port, protocol, faults, seed, goawayEvery, caOut } = values;
  const certificate = await makeCertificate();
  if (caOut !== undefined) writeFileSync(caOut, certificate.cert);
  const find =
    median > 0
      ? serveGenerated(sizeProfile(median))
      : serveSample(await buildSample(), () => `${registry.origin}/crates`);
  const registry = await startRegistry({
    find,
    protocol,
    certificate,
    port,
    goawayEvery,
    ...(faults > 0 ? { faults: faultsAtRandom(seed, faults) } : {}),
  });
  process.stdout.write(`${registry.origin}/crates\n`);
  await new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
  await registry.close();
  return ExitCode.done;
});

function parseRate(text: string): number {
  const rate = Number(text);
  if (!(rate >= 0 && rate <= 1 / 11)) throw new UsageError(`'${text}' is not a share from 0 to 0.09`);
  return rate;
}
