#!/usr/bin/env node
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  type CommandSpec,
  ExitCode,
  type OptionValues,
  parseCommand,
  runMain,
  wholeNumber,
} from '@crates-mirror/cli';
import { UsageError } from '@crates-mirror/errors';
import { archiveHasher, archiveHasherRhash } from './archives.ts';
import { bare } from './bare.ts';
import { bundle, member } from './bundles.ts';
import { faulty, slowBeyond, tooMany } from './busy-upstreams.ts';
import { closure, closureLarge } from './closure.ts';
import { download, downloadLong, rerun, targets, tiny, watched } from './downloads.ts';
import { far, farHalved, farLarge } from './far.ts';
import { help } from './help.ts';
import { type Cost, measure } from './measure.ts';
import { nightly } from './nightly.ts';
import { packDay } from './packing.ts';
import { bundled, sources } from './programs.ts';
import { recordRow, tableRow } from './record.ts';
import { describeMachine, renderTable } from './report.ts';
import type { Ground, Scenario } from './scenario.ts';
import { serveCrates, serveIndex } from './serving.ts';
import { shards } from './shards.ts';
import { sidecars, sidecarsJsonl, sidecarsZst } from './sidecars.ts';

type Make = (ground: Ground) => Promise<Scenario | readonly Scenario[]>;

const SCENARIOS: Readonly<Record<string, Make>> = {
  download,
  'download-long': downloadLong,
  far,
  'far-halved': farHalved,
  'far-large': farLarge,
  'slow-beyond': slowBeyond,
  'too-many': tooMany,
  faulty,
  shards,
  tiny,
  rerun,
  targets,
  closure,
  'closure-large': closureLarge,
  bare,
  watched,
  bundle,
  member,
  sidecars,
  'sidecars-jsonl': sidecarsJsonl,
  'sidecars-zst': sidecarsZst,
  help,
  nightly,
  'pack-day': packDay,
  'archive-hasher': archiveHasher,
  'archive-hasher-rhash': archiveHasherRhash,
  'serve-crates': serveCrates,
  'serve-index': serveIndex,
};
const GROUP = 'Measuring';

const COMMAND = {
  name: 'bench',
  version: '0.1.0',
  description: 'Measures a scenario side by side with its peers, in interleaved rounds.',
  options: [
    {
      flags: '--scenario <name>',
      description: 'what to measure',
      group: GROUP,
      default: 'download',
      choices: Object.keys(SCENARIOS),
    },
    {
      flags: '--record',
      description: "put the medians of the released programs into docs/benchmarks.md, in the scenario's row",
      group: GROUP,
    },
    {
      flags: '--bundled',
      description: 'measure the programs as they are released, not the sources',
      group: GROUP,
    },
    { flags: '--rounds <n>', description: 'rounds', group: GROUP, default: '5', parse: wholeNumber(1) },
    {
      flags: '--index <dir>',
      description: 'checkout of a crates.io index, for the scenarios that need one',
      group: GROUP,
    },
    {
      flags: '--rtt <ms>',
      description: 'round trip of the line, for the far scenarios',
      group: GROUP,
      parse: wholeNumber(0),
    },
    {
      flags: '--rate <Mbit/s>',
      description: 'rate of the line, 0 for no limit, for these',
      group: GROUP,
      parse: wholeNumber(0),
    },
    {
      flags: '--sweep <list>',
      description: "numbers of requests to try beside the default, for these; 'none'",
      group: GROUP,
      default: '64,128,256,512,1024',
      parse: parseSweep,
    },
  ],
  examples: 'Example:\n  npx nx run bench:tiny --index crates.io-index --rounds 3',
} as const satisfies CommandSpec;

await runMain('bench', async (argv) => {
  await bench(parseCommand(COMMAND, argv).values);
  return ExitCode.done;
});

function parseSweep(list: string): number[] {
  return list === 'none' ? [] : list.split(',').map(wholeNumber(1));
}

async function bench(options: OptionValues<typeof COMMAND.options>): Promise<void> {
  const { scenario: name, rounds, index, record, rtt, rate, sweep } = options;
  const make = SCENARIOS[name] as Make;
  if (index !== undefined && !existsSync(index)) throw new UsageError(`--index: there is no ${index}`);
  const directory = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'bench-'));
  const repository = resolve(import.meta.dirname, '../../..');
  const cleanUps: (() => void | Promise<void>)[] = [
    () => rmSync(directory, { recursive: true, force: true }),
  ];
  const ground: Ground = {
    directory,
    index: index === undefined ? undefined : resolve(index),
    repository,
    programOf: options.bundled === true || record === true ? await bundled(repository) : sources(repository),
    line: { rttMs: rtt, rateMbit: rate, sweep },
    after: (cleanUp) => cleanUps.push(cleanUp),
  };
  try {
    process.stdout.write(`${describeMachine()}\n`);
    for (const scenario of [await make(ground)].flat()) {
      const costs = await measureRounds(scenario, rounds);
      process.stdout.write(`\n${renderTable(scenario, costs)}`);
      if (record !== true) continue;
      const date = new Date().toISOString().slice(0, 10);
      const row = scenario.row ?? name;
      recordRow(join(ground.repository, 'docs/benchmarks.md'), row, (what) =>
        tableRow(row, what, scenario, costs, date),
      );
    }
  } finally {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  }
}

/**
 * Rounds are interleaved, so that other load on the machine affects every contender alike. The
 * first round only warms up.
 */
async function measureRounds({ contenders, isWarm = false }: Scenario, rounds: number): Promise<Cost[][]> {
  const costs: Cost[][] = contenders.map(() => []);
  for (let round = isWarm ? 1 : 0; round <= rounds; round++) {
    for (const [i, { name, command, prepare, check, server }] of contenders.entries()) {
      prepare?.();
      const cost = await measure(command, server);
      check?.();
      process.stderr.write(
        `${round === 0 ? 'warm-up' : `round ${round}`}: ${name} ${cost.wall.toFixed(2)} s, CPU ${cost.cpu.toFixed(2)} s\n`,
      );
      if (round > 0) costs[i]?.push(cost);
    }
  }
  return costs;
}
