#!/usr/bin/env node
import { createInterface } from 'node:readline';
import { ExitCode, parseCommand, runMain, wholeNumber } from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { LineProxy } from './proxy.ts';

const GROUP = 'The line';

await runMain('bench:line', async (argv) => {
  const { values } = parseCommand(
    {
      name: 'bench:line',
      version: '0.1.0',
      description:
        'A TCP proxy on 127.0.0.1 that delays each direction and caps the rate of all connections together.',
      options: [
        { flags: '--to <host:port>', description: 'where connections go', group: GROUP },
        {
          flags: '--port <n>',
          description: 'port (0: any)',
          group: GROUP,
          default: '0',
          parse: wholeNumber(0, 65_535),
        },
        {
          flags: '--rtt <ms>',
          description: 'round trip, half of it each way',
          group: GROUP,
          default: '0',
          parse: wholeNumber(0),
        },
        {
          flags: '--rate <Mbit/s>',
          description: 'each way (0: no limit)',
          group: GROUP,
          default: '0',
          parse: wholeNumber(0),
        },
      ],
      examples: `Example: bench:line --to 127.0.0.1:8443 --rtt 60 --rate 200

Prints where it listens. Lines on stdin, like 'rtt 100' or 'rate 0', change the line while it is used; it ends with stdin.`,
    },
    argv,
  );
  const { to, port, rtt, rate } = values;
  const proxy = new LineProxy(parseAddress(to ?? ''), { rttMs: rtt, rateMbit: rate });
  process.stdout.write(`127.0.0.1:${await proxy.listen(port)}\n`);
  for await (const command of createInterface({ input: process.stdin })) obey(proxy, command);
  proxy.close();
  return ExitCode.done;
});

function parseAddress(text: string): { host: string; port: number } {
  const match = /^(.+):(\d+)$/.exec(text);
  if (match === null) throw new UsageError(`--to: '${text}' is not like 127.0.0.1:8443`);
  return { host: match[1] as string, port: Number(match[2]) };
}

function obey(proxy: LineProxy, command: string): void {
  const [, name, value] = /^(rtt|rate) (\d+)$/.exec(command) ?? [];
  if (name === 'rtt') proxy.set({ rttMs: Number(value) });
  else if (name === 'rate') proxy.set({ rateMbit: Number(value) });
  else process.stderr.write(`'${command}' is neither 'rtt N' nor 'rate N'\n`);
}
