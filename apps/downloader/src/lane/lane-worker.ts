import { resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { walkIndex } from '@crates-mirror/crates-index';
import type { BundleMode } from '@crates-mirror/downloader-options';
import { errorCode } from '@crates-mirror/errors';
import { HttpClient } from '@crates-mirror/http-client';
import { crateUrls, parseLayout } from '@crates-mirror/layout';
import { ANY_IN_PATH, ANY_IN_URL, ChunkReader, type Storage } from '@crates-mirror/manifest';
import { ChecksumTable } from '../checksum-table.ts';
import type { LaneBundling } from '../options.ts';
import type { BundleDestination } from './bundle-destination.ts';
import { CrateStore } from './crate-store.ts';
import type { Destination } from './destination.ts';
import { Lane } from './lane.ts';
import type { LaneProfiling } from './lane-profiling.ts';
import { LooseDestination } from './loose-destination.ts';
import { LooseFiles } from './loose-files.ts';
import { Meter } from './meter.ts';
import { Outbox } from './outbox.ts';
import { type FromLane, type LaneStart, PROFILERS_AFTER_MS, type ToLane } from './protocol.ts';
import { StoreError } from './store-error.ts';
import type { Target } from './target.ts';
import { targetsOf } from './targets.ts';
import { Unchanged } from './unchanged.ts';

const port = parentPort;
if (port === null) throw new Error('lane-worker.ts is started as a worker thread');
const { options, checksums } = workerData as LaneStart;

function post(message: FromLane, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

const bundles = options.bundling === undefined ? undefined : await bundleDestination(options.bundling);
const store: Destination = bundles ?? new LooseDestination(crateStore());

const meter = options.isWatched ? new Meter() : undefined;
let profiling: LaneProfiling | undefined;
let profilingLoads: Promise<LaneProfiling> | undefined;
if (options.isWatched) setTimeout(() => void loadProfiling(), PROFILERS_AFTER_MS).unref();

const outbox = new Outbox(storageOf(options.bundling?.mode), meter, (batch) => {
  try {
    store.flush();
  } catch (error) {
    // Only a cache suffers: the files are in place, and the next run hashes them once more.
    if (!(error instanceof StoreError)) throw error;
    post({
      type: 'fatal',
      code: errorCode(error.cause),
      message: `cannot write the mirror: ${error.message}`,
      hint: undefined,
    });
  }
  post({ type: 'settled', batch }, [batch.records.buffer as ArrayBuffer]);
});

/** Index files of whose crate files one is probably in place, if any is. */
const FIRST_FILES = 32;

const client = new HttpClient({
  userAgent: options.userAgent,
  connectTimeoutMs: options.connectTimeoutMs,
  idleTimeoutMs: options.idleTimeoutMs,
  attemptTimeoutMs: options.attemptTimeoutMs,
  maxConnections: options.concurrency,
  ...(options.ca === undefined ? {} : { ca: options.ca }),
});

const unchanged = options.unchangedFile === undefined ? undefined : unchangedIn(options.unchangedFile);

const lane = new Lane({
  concurrency: options.concurrency,
  backoff: options.backoff,
  client,
  store,
  outbox,
  targetsOf: targetsOf(options, {
    checksums: checksums === undefined ? undefined : new ChecksumTable(checksums),
    onProblem: (problem) => outbox.problem(problem),
    onUnitDone: () => outbox.unitDone(),
    unchanged,
  }),
  unchanged,
  passedOver: () => targetsOfFiles(someIndexFiles()),
  onHungry: () => post({ type: 'hungry' }),
  onFatal: (error) => post({ type: 'fatal', ...error }),
  onFirstServed: (target) => post({ type: 'served', target }),
  onOutage: (outage) => post({ type: 'outage', outage }),
  onAskedToWait: (request) => post({ type: 'asked_to_wait', request }),
  onDrained: () => {
    // The thread is ended next, which must not happen within a profile.
    profiling?.close();
    post({ type: 'drained' });
  },
});

port.on('message', (message: ToLane) => {
  switch (message.type) {
    case 'work':
      return lane.accept(message.work);
    case 'finish':
      return lane.finish();
    case 'stop':
      return lane.stop();
    case 'served':
      return lane.learn(message.target);
    case 'stored':
      return bundles?.stored(message.group, message.bundle);
    case 'not_stored':
      return bundles?.notStored(message.group, new StoreError(message.error));
    case 'take_profile':
      return void loadProfiling().then((loaded) => loaded.take(message.kind, message.ms));
    case 'end_profile':
      return profiling?.end();
  }
});

/** Loaded only where it is needed. */
function loadProfiling(): Promise<LaneProfiling> {
  profilingLoads ??= import('./lane-profiling.ts').then(({ LaneProfiling }) => {
    profiling = new LaneProfiling((profile) => post({ type: 'profile', profile }));
    return profiling;
  });
  return profilingLoads;
}

/** Those that were settled last without being read, or else the first of the index. */
function someIndexFiles(): readonly string[] {
  const { source } = options;
  const last = unchanged?.lastSettled ?? [];
  if (last.length > 0 || source.kind !== 'index') return last;
  return walkIndex(source.directory, FIRST_FILES, () => {}, FIRST_FILES).next().value?.files ?? [];
}

/** Targets of index files, whoever else has them. */
function targetsOfFiles(files: readonly string[]): Iterable<Target | undefined> {
  const targets = targetsOf(options, { checksums: undefined, onProblem: () => {}, onUnitDone: () => {} });
  return targets({ kind: 'index', files, most: undefined });
}

/** Of runs over an index, and loose files. */
function unchangedIn(file: string): Unchanged | undefined {
  const { source, out, cratesBaseUrl } = options;
  if (source.kind !== 'index') return undefined;
  const { pathOf } = parseLayout(options.layout);
  const urlOf = crateUrls(cratesBaseUrl);
  const files = new LooseFiles(resolve(out));
  return new Unchanged({
    indexDirectory: source.directory,
    fileOf: (path) => files.pathOf({ path }),
    chunks: new ChunkReader(file),
    templatesOf: (name) => ({
      name,
      path: pathOf({ name, ...ANY_IN_PATH }),
      url: urlOf({ name, ...ANY_IN_URL }),
    }),
    outbox,
    onPiece: (piece) => post({ type: 'unchanged', piece }),
  });
}

function crateStore(): CrateStore {
  return new CrateStore(options.out, options.verifyExisting);
}

/** Loaded only where it is needed. */
async function bundleDestination(bundling: LaneBundling): Promise<BundleDestination> {
  const { BundleDestination } = await import('./bundle-destination.ts');
  return new BundleDestination(crateStore(), bundling, (group) => post({ type: 'bundle', group }));
}

function storageOf(mode: BundleMode | undefined): Storage {
  if (mode === undefined) return 'filesystem';
  return mode === 'only' ? 'bundle' : 'filesystem+bundle';
}
