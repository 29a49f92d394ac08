import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type FaultPlan,
  faultsAtRandom,
  makeCertificate,
  RECOVERABLE_FAULTS,
  type ServerRequest,
  startRegistry,
} from '@crates-mirror/sample-registry';
import { downloader } from './contenders.ts';
import { sweep } from './far.ts';
import type { Contender, Ground, Scenario } from './scenario.ts';
import { makeCrates, type Upstream } from './upstream.ts';

/**
 * The server is our own, and slower than nginx: fewer files, and limits below its capacity on a
 * busy machine.
 */
const FILES = 3000;
/** Concurrent requests that a server handles before each further one slows all of them down. */
const COMFORTABLE_STREAMS = 64;
const SERVICE_MS = 200;
/** Higher limits fail: responses take longer than a client waits, or files run out of retries. */
const MAX_SWEPT = { slowBeyond: 256, tooMany: 64 };
/** of the requests */
const FAULT_RATE = 0.05;
const FAULTY_SWEEP = [64, 256, 512];
const MAX_PER_SECOND = 200;

/** A server with its best rate, 320 responses per second, at 64 requests, and half of it at 128. */
export async function slowBeyond(ground: Ground): Promise<Scenario> {
  let underWay = 0;
  const upstream = await start(ground, {
    onRequest: (request) => {
      underWay += 1;
      if ('stream' in request) request.stream.once('close', () => (underWay -= 1));
    },
    fault: () => ({ kind: 'delay', ms: SERVICE_MS * Math.max(1, underWay / COMFORTABLE_STREAMS) ** 2 }),
  });
  return {
    title: `slow-beyond: ${FILES} crate files from a server that slows beyond ${COMFORTABLE_STREAMS} requests`,
    contenders: sweep(withSweepTo(MAX_SWEPT.slowBeyond, ground), upstream, () => {}),
    isWarm: true,
  };
}

function withSweepTo(most: number, ground: Ground): Ground {
  return { ...ground, line: { ...ground.line, sweep: ground.line.sweep.filter((n) => n <= most) } };
}

/** A server that answers 429 to requests above its rate. */
export async function tooMany(ground: Ground): Promise<Scenario> {
  const asked: number[] = [];
  let refused: boolean[] = [];
  const upstream = await start(ground, {
    fault: () => {
      const now = performance.now();
      while (asked[0] !== undefined && asked[0] < now - 1000) asked.shift();
      const isRefused = asked.length >= MAX_PER_SECOND;
      refused.push(isRefused);
      if (!isRefused) asked.push(now);
      return isRefused ? { kind: 'status', status: 429, retryAfter: '1' } : undefined;
    },
  });
  const report = (name: string): void => {
    const later = refused.slice(refused.length >> 1);
    process.stderr.write(`${name}: ${percent(refused)} answered 429, ${percent(later)} of the later half\n`);
  };
  const [ours, peer, ...fixed] = sweep(
    withSweepTo(MAX_SWEPT.tooMany, ground),
    upstream,
    () => {
      refused = [];
    },
    ['--retry', '1000', '-f'],
  );
  const described = <One extends typeof ours>(one: One): One => ({
    ...one,
    check: () => {
      report(one.name);
      one.check?.();
    },
  });
  return {
    title: `too-many: ${FILES} crate files from a server that answers 429 beyond ${MAX_PER_SECOND} requests a second`,
    contenders: [described(ours), described(peer), ...fixed.map(described)],
    isWarm: true,
  };
}

/**
 * A server that answers some requests with each fault that a client can recover from. curl would
 * keep damaged files: the peers are our own fixed limits.
 */
export async function faulty(ground: Ground): Promise<Scenario> {
  const upstream = await start(ground, { fault: faultsAtRandom(1, FAULT_RATE / RECOVERABLE_FAULTS.length) });
  const ours = (...options: readonly string[]): Contender => downloader(ground, upstream, [...options]);
  const fixed = FAULTY_SWEEP.map((limit) => ours('--concurrency', String(limit)));
  return {
    title: `faulty: ${FILES} crate files, ${100 * FAULT_RATE} % of the requests with one of the faults`,
    contenders: [ours(), ours('--concurrency', '16'), ...fixed],
    isWarm: true,
  };
}

function percent(flags: readonly boolean[]): string {
  return `${((100 * flags.filter(Boolean).length) / Math.max(1, flags.length)).toFixed(1)} %`;
}

interface Behaviour {
  readonly onRequest?: (request: ServerRequest) => void;
  readonly fault: FaultPlan;
}

async function start(ground: Ground, { onRequest, fault }: Behaviour): Promise<Upstream> {
  const { index, count } = makeCrates(ground, FILES);
  const certificate = await makeCertificate();
  const caFile = join(ground.directory, 'ca.pem');
  writeFileSync(caFile, certificate.cert);
  const registry = await startRegistry({
    protocol: 'h2',
    certificate,
    find: (path) => readFileSync(join(ground.directory, 'www', path)),
    faults: fault,
    ...(onRequest === undefined ? {} : { onRequest }),
  });
  ground.after(() => registry.close());
  return { origin: registry.origin, caFile, index, count };
}
