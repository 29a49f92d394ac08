import { createHash } from 'node:crypto';
import { type Fault, type FaultPlan, RECOVERABLE_FAULTS } from '@crates-mirror/sample-registry';
import { pick } from './chapter.ts';

/** Shares of requests with faulty responses. */
const RATES = [0.01, 0.1, 0.5];
/** Error codes of RFC 9113, section 7. */
const H2_CODES = Array.from({ length: 14 }, (_, code) => code);
const CODINGS = ['gzip', 'deflate', 'br', 'zstd'] as const;
const REDIRECTS = [301, 302, 303, 307, 308];
const LOCATIONS = [
  '/',
  '/crates/cr/at/crate-0000-0.1.0.crate',
  '?again',
  '//127.0.0.1:1/x',
  'http://127.0.0.1:1/x',
  'https://127.0.0.1:1/x',
  '://',
  'file:///etc/passwd',
  '',
];
const NEVER = new Promise<never>(() => {});

type Random = () => number;

/**
 * Waits of up to a second. The tests of the retry library cover longer ones, kept up to five
 * minutes.
 */
function anyRetryAfter(random: Random): string {
  const soon = new Date(Date.now() + 1000);
  return pick(random, [
    ...['0', '1', '-5', '0.5', '1e9', 'NaN', 'soon', '', ' '],
    soon.toUTCString(),
    soon.toISOString(),
    'Wed, 21 Oct 2015 07:28:00 GMT',
    'Wed, 99 Foo 2999 99:99:99 GMT',
  ]);
}

/** Kinds of faults, each with a way to make one at random for each request. */
const MAKERS: Readonly<Record<string, (random: Random) => Fault>> = {
  'status 400 to 599': (random) => ({ kind: 'status', status: 400 + Math.floor(random() * 200) }),
  'retry-after': (random) => ({
    kind: 'status',
    status: pick(random, [429, 503]),
    retryAfter: anyRetryAfter(random),
  }),
  'no answer': () => ({ kind: 'hold', until: NEVER }),
  stall: () => ({ kind: 'stall' }),
  drip: () => ({ kind: 'drip', pauseMs: 300 }),
  'starved windows': () => ({ kind: 'starve' }),
  empty: () => ({ kind: 'empty' }),
  'content-encoding': (random) => ({
    kind: 'encode',
    coding: pick(random, CODINGS),
    isApplied: random() < 0.5,
  }),
  'web page': () => ({ kind: 'page', title: 'Sign <in>\n\u001b[2J' }),
  rst_stream: (random) => ({ kind: 'rst', code: pick(random, H2_CODES) }),
  goaway: (random) => ({
    kind: 'goaway-error',
    code: pick(random, H2_CODES),
    lastStreamId: pick(random, [0, 2 ** 31 - 1]),
    isClosed: random() < 0.5,
  }),
  'enhance your calm': (random) => ({
    kind: 'goaway-error',
    code: 11,
    lastStreamId: 0,
    isClosed: random() < 0.5,
  }),
  'stream limit': (random) => ({ kind: 'max-streams', streams: pick(random, [1, 2, 100]) }),
  'header flood': (random) => ({ kind: 'header-flood', bytes: pick(random, [8000, 40_000, 60_000]) }),
  'tls alert': () => ({ kind: 'alert' }),
  redirect: (random) => ({
    kind: 'redirect',
    location: pick(random, LOCATIONS),
    status: pick(random, REDIRECTS),
  }),
  ...Object.fromEntries(RECOVERABLE_FAULTS.map((fault) => [fault.kind, () => fault])),
};

export interface Plan {
  readonly rate: number;
  readonly faults: FaultPlan;
  /** Names of its kinds of faults */
  readonly kinds: readonly string[];
  /** Answers so far that were wrong. */
  readonly count: () => number;
}

/** One kind of fault alone, or a mix of several, in a share of the answers. */
export function anyPlan(random: Random): Plan {
  const rate = pick(random, RATES);
  const kinds = Array.from({ length: pick(random, [1, 1, 4, 12]) }, () => pick(random, Object.keys(MAKERS)));
  const seed = Math.floor(random() * 2 ** 31);
  let count = 0;
  const faults: FaultPlan = (path, attempt) => {
    const draw = drawsFor(`${seed} ${attempt} ${path}`);
    if (draw() >= rate) return undefined;
    count += 1;
    return MAKERS[pick(draw, kinds)]?.(draw);
  };
  return { rate, kinds, faults, count: () => count };
}

/** Up to eight numbers in [0, 1) that a text determines. */
function drawsFor(text: string): Random {
  const digest = createHash('sha256').update(text).digest();
  let at = -4;
  return () => {
    at = (at + 4) % digest.length;
    return digest.readUInt32LE(at) / 2 ** 32;
  };
}
