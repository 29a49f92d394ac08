import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@crates-mirror/sample-registry';
import { curl, downloader } from './contenders.ts';
import { measure } from './measure.ts';
import { type Contender, type Ground, realIndex, type Scenario } from './scenario.ts';
import { crates, makeUpstream, type Upstream } from './upstream.ts';

/** 20,000 crate files with sizes as on crates.io, 650 MB in total. */
export async function download(ground: Ground): Promise<Scenario> {
  return againstCurl('download: 20,000 crate files, median 14 kB', ground, await crates(ground, 20_000));
}

/** Three times as many, 2 GB: the startup cost matters less. */
export async function downloadLong(ground: Ground): Promise<Scenario> {
  return againstCurl('download-long: 60,000 crate files, median 14 kB', ground, await crates(ground, 60_000));
}

/** Used in another comparison: the downloader writing these crates as loose files. */
export async function sampleOfCrates(ground: Ground): Promise<{ loose: Contender; count: number }> {
  const upstream = await crates(ground, 20_000);
  return { loose: downloader(ground, upstream), count: upstream.count };
}

/** Every version of a real index with tiny bodies: measures the cost per file. */
export async function tiny(ground: Ground): Promise<Scenario> {
  return againstCurl(
    'tiny: every version of the index, median 500 B',
    ground,
    await makeUpstream(ground, realIndex(ground), 500),
  );
}

/** The cost of monitoring: metrics scraped once a second, more often than anyone would for long. */
export async function watched(ground: Ground): Promise<Scenario> {
  const loose = downloader(ground, await makeUpstream(ground, realIndex(ground), 500));
  // Monitoring shows a total, as progress does: the cost of counting the index is excluded from the
  // comparison.
  const argv = [...loose.command.argv, '--progress-interval', '1h'];
  const ours = { ...loose, command: { ...loose.command, argv } };
  const port = await freePort();
  let scraping: NodeJS.Timeout | undefined;
  ground.after(() => clearInterval(scraping));
  return {
    title: 'watched: tiny with --listen, metrics scraped every second; both with progress',
    contenders: [
      {
        name: 'downloader --listen',
        command: { ...ours.command, argv: [...ours.command.argv, '--listen', `:${port}`] },
        prepare: () => {
          ours.prepare?.();
          scraping = setInterval(() => void scrape(port), SCRAPE_EVERY_MS);
        },
        check: () => {
          clearInterval(scraping);
          ours.check?.();
        },
      },
      ours,
    ],
  };
}

const SCRAPE_EVERY_MS = 1000;

async function scrape(port: number): Promise<void> {
  // There is no listener before the run listens, and after it has ended.
  const response = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
  await response?.arrayBuffer();
}

/** A rerun over a complete mirror. */
export async function rerun(ground: Ground): Promise<Scenario> {
  const ours = downloader(ground, await makeUpstream(ground, realIndex(ground), 500));
  const out = join(ground.directory, 'out');
  // A complete mirror that has been rerun before, as on every night but the first two.
  for (let run = 0; run < 2; run++) await measure(ours.command);
  return {
    title: 'rerun: nothing to do over every version of the index',
    contenders: [
      {
        name: 'downloader',
        command: ours.command,
        prepare: () => rmSync(join(ground.directory, 'manifest.jsonl'), { force: true }),
      },
      {
        name: 'find -size +0',
        command: { argv: ['find', out, '-type', 'f', '-size', '+0'], cwd: ground.directory },
      },
    ],
  };
}

/** Deriving targets from the index, and checking which are in place: none. */
export async function targets(ground: Ground): Promise<Scenario> {
  const index = realIndex(ground);
  const { directory, repository, programOf } = ground;
  const main = programOf('downloader');
  const argv = [
    process.execPath,
    main,
    '--index-dir',
    index,
    '--include-yanked',
    '--out',
    'out',
    '--dry-run',
  ];
  const loop = join(repository, 'tools/bench/src/peers/parse-loop.ts');
  return {
    title: 'targets: what there is to download, from the index alone',
    contenders: [
      { name: 'downloader --dry-run', command: { argv, cwd: directory } },
      { name: 'JSON.parse loop', command: { argv: [process.execPath, loop, index], cwd: directory } },
    ],
  };
}

function againstCurl(title: string, ground: Ground, upstream: Upstream): Scenario {
  return { title, contenders: [downloader(ground, upstream), curl(ground, upstream)] };
}
