import { resolve } from 'node:path';
import type { MemberLedger } from '@crates-mirror/bundle';
import type { IndexSource, SelectEntries } from '@crates-mirror/crates-index';
import { walkIndex } from '@crates-mirror/crates-index/walk';
import { errorCode } from '@crates-mirror/errors';
import { ByteBudget, HttpClient } from '@crates-mirror/http-client';
import { mirrorHome } from '@crates-mirror/layout/mirror-home';
import type { SetAside } from '@crates-mirror/removals/set-aside';
import { type SizeOf, selectorOf } from '@crates-mirror/selection/selector';
import { ChecksumTable } from '../plan/checksum-table.ts';
import { Lane } from './lane.ts';
import type { LaneBundling, LaneOptions } from './options.ts';
import type { BundleGroup, FromLane, LaneStart, ToLane } from './protocol.ts';
import type { Batcher } from './report/batcher.ts';
import { withoutDenied } from './scan/denied-targets.ts';
import { targetsOf } from './scan/targets.ts';
import type { Unchanged } from './scan/unchanged.ts';
import type { BucketDestination } from './store/bucket-destination.ts';
import type { BundleDestination } from './store/bundle-destination.ts';
import { CrateStore } from './store/crate-store.ts';
import type { Destination } from './store/destination.ts';
import { LooseDestination } from './store/loose-destination.ts';
import { StoreError } from './store/store-error.ts';
import type { Target } from './target.ts';

/**
 * Number of index files to examine. If any crate files are in place, probably one of these files'
 * are.
 */
const FIRST_FILES = 32;
/** In ms. Less than a round trip to another continent, within which a limit may have to double. */
const TRAFFIC_EVERY_MS = 50;

/** What a lane shares with its thread. */
export interface LaneThread {
  readonly batcher: Batcher;
  readonly unchanged: Unchanged | undefined;
  /** Undefined for a list. */
  readonly index: IndexSource | undefined;
  readonly post: (message: FromLane) => void;
  /** Called when everything is completed and reported. */
  readonly onDrained: () => void;
}

/** A lane in its thread. */
export interface OpenLane {
  readonly receive: (message: ToLane) => void;
  /**
   * Writes the records of verified files. Must be called before records of the same files leave the
   * thread.
   */
  readonly flush: () => void;
}

/** Creates a lane. Nothing is read, fetched or stored in this thread before that. */
export async function openLane(
  { options, checksums, budget, isHeld, selection, sizes }: LaneStart,
  { batcher, unchanged, index, post, onDrained }: LaneThread,
): Promise<OpenLane> {
  const { store, bundles } = await destinationOf(options, batcher, post);
  const { limitRate } = options;
  const client = new HttpClient({
    userAgent: options.userAgent,
    connectTimeoutMs: options.connectTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
    attemptTimeoutMs: options.attemptTimeoutMs,
    maxConnections: options.maxConnections,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...(budget === undefined || limitRate === undefined ? {} : { budget: new ByteBudget(budget, limitRate) }),
  });
  const selector = await selectorOf(selection);
  const sizeOf = sizes === undefined ? undefined : await openSizes(options, sizes);
  const select: SelectEntries = (crate) => selector.select(crate, sizeOf);
  const targets = targetsOf(options, {
    index,
    select,
    maxSizeOf: selector.maxSizeOf,
    checksums: checksums === undefined ? undefined : new ChecksumTable(checksums),
    onProblem: (problem) => batcher.problem(problem),
    onUnitDone: () => batcher.unitDone(),
    unchanged,
  });
  const lane = new Lane({
    concurrency: options.concurrency,
    isHeld,
    backoff: options.backoff,
    client,
    store,
    batcher,
    targetsOf: options.source.kind === 'list' ? withoutDenied(targets, options.denied) : targets,
    unchanged,
    passedOver: () => targetsOfFiles(options, index, select, someIndexFiles(index, unchanged)),
    onWantsWork: () => post({ type: 'wants_work' }),
    onFatal: (error) => post({ type: 'fatal', ...error }),
    onFirstServed: (target) => post({ type: 'served', target }),
    onUpstream: (event) => post({ type: 'upstream', event }),
    onDrained,
  });
  if (options.isAdaptive) reportTraffic(client, post);
  return {
    receive: (message) => receive(lane, bundles, message),
    flush: () => flush(store, post),
  };
}

interface LaneStore {
  readonly store: Destination;
  /** The same destination, if it makes bundles. */
  readonly bundles?: BundleDestination;
}

/** Loads only the code that this run needs. */
async function destinationOf(
  { out, bucket, verifyExisting, bundling, isTrial, removals, shard }: LaneOptions,
  batcher: Batcher,
  post: (message: FromLane) => void,
): Promise<LaneStore> {
  if (isTrial) {
    const { DiscardingDestination } = await import('./store/discarding-destination.ts');
    return { store: new DiscardingDestination() };
  }
  const send = (group: BundleGroup): void => post({ type: 'bundle', group });
  if (bucket !== undefined) {
    const { BucketDestination } = await import('./store/bucket-destination.ts');
    const objects = new BucketDestination(out, bucket);
    return bundling === undefined ? { store: objects } : openStoredBundles(out, objects, bundling, send);
  }
  const setAside = removals.action === 'quarantine' ? await openSetAside(out) : undefined;
  const onDamage = (path: string): void => batcher.damaged(path);
  const isShared = shard !== undefined;
  const crateStore = new CrateStore(out, verifyExisting, onDamage, setAside, undefined, isShared);
  if (bundling === undefined) return { store: new LooseDestination(crateStore) };
  const { BundleDestination } = await import('./store/bundle-destination.ts');
  const bundles = new BundleDestination(crateStore, bundling, send);
  return { store: bundles, bundles };
}

async function openStoredBundles(
  out: string,
  objects: BucketDestination,
  bundling: LaneBundling,
  send: (group: BundleGroup) => void,
): Promise<LaneStore> {
  const { BundleDestination } = await import('./store/bundle-destination.ts');
  const { noLooseCopies, StoredBundleDestination } = await import('./store/stored-bundle-destination.ts');
  const bundles = new BundleDestination(noLooseCopies(mirrorHome(out)), bundling, send);
  return { store: new StoredBundleDestination(bundles, objects), bundles };
}

/** Loaded on demand. */
async function openSizes({ out, layout, bundling }: LaneOptions, learnt: SharedArrayBuffer): Promise<SizeOf> {
  const { entrySizes } = await import('./sizes/entry-sizes.ts');
  return entrySizes({ out, layout, members: bundling && (await openMembers(bundling)), learnt: [learnt] });
}

async function openMembers({ directory, held }: LaneBundling): Promise<MemberLedger> {
  const { MemberLedger } = await import('@crates-mirror/bundle');
  return new MemberLedger(mirrorHome(resolve(directory)).membersDirectory, held);
}

async function openSetAside(out: string): Promise<SetAside> {
  const { SetAside } = await import('@crates-mirror/removals/set-aside');
  return new SetAside(resolve(out));
}

function receive(lane: Lane, bundles: BundleDestination | undefined, message: ToLane): void {
  switch (message.type) {
    case 'work':
      lane.accept(message.work);
      break;
    case 'finish':
      lane.finish();
      break;
    case 'stop':
      lane.stop();
      break;
    case 'served':
      lane.learn(message.target);
      break;
    case 'limits':
      lane.setLimits(message.limits);
      break;
    case 'held':
      lane.setHeld(message.isHeld);
      break;
    case 'stored':
      bundles?.stored(message.group, message.bundle);
      break;
    case 'not_stored':
      bundles?.notStored(message.group, new StoreError(message.error));
      break;
  }
}

/** Does nothing in runs that send no requests. */
function reportTraffic(client: HttpClient, post: (message: FromLane) => void): void {
  let before = performance.eventLoopUtilization();
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization: busy } = performance.eventLoopUtilization(now, before);
    before = now;
    const traffic = client.traffic.take(performance.now());
    if (traffic.requestMs === 0) return;
    const { capacity, roundTripMs } = client;
    post({ type: 'traffic', traffic: { ...traffic, capacity, roundTripMs, busy } });
  }, TRAFFIC_EVERY_MS).unref();
}

function flush(store: Destination, post: (message: FromLane) => void): void {
  try {
    store.flush();
  } catch (error) {
    // Only a cache is affected: the files are in place, and the next run hashes them again.
    if (!(error instanceof StoreError)) throw error;
    post({
      type: 'fatal',
      code: errorCode(error.cause),
      message: `cannot write the mirror: ${error.message}`,
      hint: undefined,
    });
  }
}

/**
 * The index files that were most recently completed without being read, or else the first files of
 * the index.
 */
function someIndexFiles(index: IndexSource | undefined, unchanged: Unchanged | undefined): readonly string[] {
  const last = unchanged?.lastCompleted ?? [];
  if (last.length > 0 || index === undefined) return last;
  return walkIndex(index, FIRST_FILES, () => {}, FIRST_FILES).next().value?.files ?? [];
}

/** The targets of index files, whichever lane has them. */
function targetsOfFiles(
  options: LaneOptions,
  index: IndexSource | undefined,
  select: SelectEntries,
  files: readonly string[],
): Iterable<Target | undefined> {
  const targets = targetsOf(options, {
    index,
    select,
    checksums: undefined,
    onProblem: () => {},
    onUnitDone: () => {},
  });
  return targets({ kind: 'index', files, most: undefined });
}
