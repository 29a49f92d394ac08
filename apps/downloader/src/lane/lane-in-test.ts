import type { GetFailure, GetOutcome, HttpClient } from '@crates-mirror/http-client';
import type { Work } from '../plan/work.ts';
import type { CrateBody } from './fetch/crate-body.ts';
import { Lane } from './lane.ts';
import { Batcher } from './report/batcher.ts';
import type { CompletedBatch } from './report/completed-batch.ts';
import type { Destination } from './store/destination.ts';
import type { Target } from './target.ts';
import type { UpstreamEvent } from './upstream/upstream-event.ts';

export const OK: GetOutcome = { ok: true, bytes: 0 };
const SHA256 = 'd'.repeat(64);
const BODY = {
  size: 0,
  hasLength: true,
  digest: () => SHA256,
  read: () => undefined,
  discard: () => {},
} as unknown as CrateBody;
const WORK: Work = { kind: 'list', lines: [] };

export function failure(kind: GetFailure['kind'], hasAnswered = false): GetOutcome {
  return {
    ok: false,
    kind,
    code: kind,
    message: kind,
    status: undefined,
    retryAfterMs: undefined,
    bytes: 0,
    hasAnswered,
    cause: undefined,
  };
}

/** A response with this status, which is not 200. */
export function status(code: number, retryAfterMs?: number): GetOutcome {
  return { ...failure('http_status', true), code: `http_${code}`, status: code, retryAfterMs } as GetOutcome;
}

export function target(name: string, different: Partial<Target> = {}): Target {
  const origin = different.origin ?? 'https://x.example';
  return {
    name,
    version: '1.0.0',
    sha256: undefined,
    url: `${origin}/${name}`,
    origin,
    path: name,
    shard: '1',
    isToVerify: false,
    startedAt: 0,
    retries: 0,
    lostConnections: 0,
    hasLooseCopy: false,
    ...different,
  };
}

/** The end state of a lane. */
export interface LaneEnd {
  /** Names in the order of the requests. */
  readonly asked: string[];
  readonly outages: ('gone' | 'back')[];
  readonly fatal: string | undefined;
  /** Why it gave up, as often as it said so. */
  readonly reasons: string[];
  readonly downloaded: number;
  readonly missing: number;
  readonly failed: number;
  /** Names of the files reported to other lanes. */
  readonly firstServed: string[];
  /** Names of the files in place that were taken over. */
  readonly takenOver: string[];
}

export interface LaneInTest {
  readonly concurrency?: number;
  /** Names of the files in place. */
  readonly inPlace?: readonly string[];
  /** Targets that were not checked individually, because nothing about them has changed. */
  readonly passedOver?: readonly Target[];
  readonly retries?: number;
  readonly isHeld?: boolean;
  /** In place of what the store does otherwise. */
  readonly store?: Partial<Destination>;
}

/**
 * Runs a lane over some targets.
 *
 * @param answer returns the response to each request, by its number
 */
export function runLane(
  targets: readonly Target[],
  answer: (request: number, name: string, lane: Lane) => GetOutcome | Promise<GetOutcome>,
  {
    concurrency = 1,
    inPlace = [],
    passedOver = [],
    retries = 2,
    isHeld = false,
    store: different,
  }: LaneInTest = {},
): Promise<LaneEnd> {
  const asked: string[] = [];
  const outages: ('gone' | 'back')[] = [];
  const firstServed: string[] = [];
  const takenOver: string[] = [];
  const counts = { downloaded: 0, missing: 0, failed: 0 };
  const reasons: string[] = [];
  const client: Pick<HttpClient, 'get' | 'withdrawUnsent'> = {
    withdrawUnsent: () => {},
    get: ({ path }, _, done) => {
      asked.push(path.slice(1));
      const request = asked.length;
      setImmediate(async () => done(await answer(request, path.slice(1), lane)));
    },
  };
  const held = { status: 'existing', size: 0, sha256: SHA256, storage: 'filesystem', bundle: null } as const;
  const store: Destination = {
    isBusy: false,
    find: ({ name, hasLooseCopy }) => {
      const isHeld = inPlace.includes(name);
      if (!isHeld && !hasLooseCopy) return undefined;
      return { sha256: SHA256, outcome: isHeld ? held : undefined, loose: undefined, isToRemove: false };
    },
    takeOver: ({ name }, { outcome }) => {
      takenOver.push(name);
      return outcome;
    },
    loadLooseCopy: () => BODY,
    newBody: () => BODY,
    release: () => {},
    place: ({ status, sha256 }, done) => done({ status, size: 0, sha256, storage: 'bundle', bundle: 'b' }),
    handOver: () => {},
    flush: () => {},
    ...different,
  };
  let lane: Lane;
  return new Promise((resolve) => {
    lane = new Lane({
      concurrency,
      isHeld,
      backoff: { retries, baseMs: 5, maxMs: 5 },
      client: client as HttpClient,
      store,
      batcher: new Batcher('bundle', undefined, (batch: CompletedBatch) => {
        counts.downloaded += batch.counts.downloaded + batch.counts.verifiedExisting;
        counts.missing += batch.counts.missingUpstream;
        counts.failed += batch.counts.failed;
      }),
      targetsOf: function* () {
        yield* targets;
      },
      unchanged: undefined,
      passedOver: () => passedOver,
      onWantsWork: () => lane.finish(),
      onFatal: ({ message }) => void reasons.push(message),
      onFirstServed: ({ name }) => void firstServed.push(name),
      onUpstream: (event: UpstreamEvent) => {
        if (event.type === 'opened') outages.push('gone');
        if (event.type === 'closed') outages.push('back');
        if (event.type === 'given_up') reasons.push(event.message);
      },
      onDrained: () =>
        resolve({ asked, outages, fatal: reasons[0], reasons, firstServed, takenOver, ...counts }),
    });
    lane.accept(WORK);
  });
}
