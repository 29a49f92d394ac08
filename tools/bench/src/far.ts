import { createHash, randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { indexPrefix } from '@crates-mirror/crates-index';
import { curl, curlVerified, downloader } from './contenders.ts';
import type { LineSettings } from './line/delay-line.ts';
import { type Line, startLine } from './line/start-line.ts';
import type { Contender, Ground, Scenario } from './scenario.ts';
import { crates, serve, type Upstream } from './upstream.ts';

const ROUND_TRIPS_MS = [5, 60, 150];
const RATES_MBIT = [0, 200];
const LARGE = { name: 'large', version: '1.0.0', bytes: 300_000_000, rttMs: 100 };
/** A line that halves its rate does so after this time. */
const HALVED = { rttMs: 60, rateMbit: 400, afterMs: 6000 };

/** 20,000 crate files over increasingly long lines, one scenario each. */
export async function far(ground: Ground): Promise<Scenario[]> {
  const upstream = await crates(ground, 20_000);
  const line = await lineTo(ground, upstream);
  const { rttMs, rateMbit } = ground.line;
  const cells = (rttMs === undefined ? ROUND_TRIPS_MS : [rttMs]).flatMap((rtt) =>
    (rateMbit === undefined ? RATES_MBIT : [rateMbit]).map((rate) => ({ rttMs: rtt, rateMbit: rate })),
  );
  return cells.map((cell) => ({
    row: `far-${cell.rttMs}${cell.rateMbit === 0 ? '' : `-${cell.rateMbit}`}`,
    title: `far: 20,000 crate files, ${describe(cell)}`,
    contenders: sweep(ground, line.upstream, () => line.set(cell)),
    isWarm: true,
  }));
}

/** As above, with a line that halves its rate midway. */
export async function farHalved(ground: Ground): Promise<Scenario> {
  const { upstream, set } = await lineTo(ground, await crates(ground, 20_000));
  let halving: NodeJS.Timeout | undefined;
  ground.after(() => clearTimeout(halving));
  const { rateMbit, afterMs } = HALVED;
  return {
    title: `far-halved: 20,000 crate files, ${describe(HALVED)}, half of it after ${afterMs / 1000} s`,
    contenders: sweep(ground, upstream, () => {
      clearTimeout(halving);
      set(HALVED);
      halving = setTimeout(() => set({ rateMbit: rateMbit / 2 }), afterMs);
    }),
    isWarm: true,
  };
}

/** One body of 300 MB. */
export async function farLarge(ground: Ground): Promise<Scenario> {
  const index = writeLarge(ground);
  const line = await lineTo(ground, { ...(await serve(ground)), index, count: 1 });
  const cell = { rttMs: ground.line.rttMs ?? LARGE.rttMs, rateMbit: ground.line.rateMbit ?? 0 };
  const ready = (one: Contender): Contender => after(one, () => line.set(cell));
  return {
    title: `far-large: one crate file of 300 MB, ${describe(cell)}`,
    contenders: [ready(downloader(ground, line.upstream)), ready(curl(ground, line.upstream))],
    isWarm: true,
  };
}

function describe({ rttMs, rateMbit }: LineSettings): string {
  return `round trip ${rttMs} ms, ${rateMbit === 0 ? 'no limit of rate' : `${rateMbit} Mbit/s`}`;
}

/** Ours with defaults, curl, curl with its files verified, and ours with each of several fixed numbers of requests. */
export function sweep(
  ground: Ground,
  upstream: Upstream,
  prepare: () => void,
  curlOptions: readonly string[] = [],
): Scenario['contenders'] {
  const fixed = ground.line.sweep.map((n) => downloader(ground, upstream, ['--concurrency', String(n)]));
  return [
    after(downloader(ground, upstream), prepare),
    after(curl(ground, upstream, curlOptions), prepare),
    after(curlVerified(ground, upstream, curlOptions), prepare),
    ...fixed.map((one) => after(one, prepare)),
  ];
}

function after(contender: Contender, prepare: () => void): Contender {
  return {
    ...contender,
    prepare: () => {
      contender.prepare?.();
      prepare();
    },
  };
}

/** The same upstream at the other end of a line. */
async function lineTo(ground: Ground, upstream: Upstream): Promise<{ upstream: Upstream; set: Line['set'] }> {
  const line = await startLine(Number(new URL(upstream.origin).port), { rttMs: 0, rateMbit: 0 });
  ground.after(() => line.stop());
  return { upstream: { ...upstream, origin: `https://127.0.0.1:${line.port}` }, set: line.set };
}

/** @returns the index that contains it, and nothing else */
function writeLarge({ directory }: Ground): string {
  const { name, version, bytes } = LARGE;
  const body = join(directory, 'www/crates', name, `${name}-${version}.crate`);
  mkdirSync(dirname(body), { recursive: true });
  const file = openSync(body, 'w');
  const sha256 = createHash('sha256');
  for (let written = 0; written < bytes; ) {
    const piece = randomBytes(Math.min(1 << 20, bytes - written));
    sha256.update(piece);
    writeSync(file, piece);
    written += piece.length;
  }
  closeSync(file);
  const index = join(directory, 'index');
  const path = join(index, indexPrefix(name), name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(join(index, 'config.json'), '{}');
  const cksum = sha256.digest('hex');
  writeFileSync(
    path,
    `${JSON.stringify({ name, vers: version, deps: [], cksum, features: {}, yanked: false })}\n`,
  );
  return index;
}
