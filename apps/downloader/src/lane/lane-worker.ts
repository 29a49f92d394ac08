import { resolve } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { IndexLocation, IndexSource } from '@crates-mirror/crates-index';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import type { BundleMode } from '@crates-mirror/downloader-options';
import { crateUrls, parseLayout } from '@crates-mirror/layout/paths';
import type { Storage } from '@crates-mirror/manifest/record';
import { ANY_IN_PATH, ANY_IN_URL, ChunkReader } from '@crates-mirror/manifest/unchanged';
import type { Work } from '../plan/work.ts';
import type { LaneProfiling } from './lane-profiling.ts';
import type { OpenLane } from './open-lane.ts';
import { type FromLane, type LaneStart, PROFILERS_AFTER_MS, type ToLane } from './protocol.ts';
import { Batcher } from './report/batcher.ts';
import { Unchanged } from './scan/unchanged.ts';
import { UnchangedPass } from './scan/unchanged-pass.ts';
import { fromHere, loosePaths } from './store/loose-paths.ts';

const port = parentPort;
if (port === null) throw new Error('lane-worker.ts is started as a worker thread');
const start = workerData as LaneStart;
const { options } = start;

function post(message: FromLane, transfer: ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer);
}

const meter = options.isWatched ? new (await import('./report/meter.ts')).Meter() : undefined;
let profiling: LaneProfiling | undefined;
let profilingLoads: Promise<LaneProfiling> | undefined;
if (options.isWatched) setTimeout(() => void loadProfiling(), PROFILERS_AFTER_MS).unref();

let lane: OpenLane | undefined;
/** What the lane is told of once it is there. */
const forLane: ToLane[] = [];

const batcher = new Batcher(
  storageOf(options.bundling?.mode),
  meter,
  (batch) => {
    lane?.flush();
    post({ type: 'settled', batch }, [batch.records.buffer as ArrayBuffer]);
  },
  options.bundling?.files,
);

const index = start.index && (await openHere(start.index));
const unchanged =
  options.unchangedFile === undefined || index === undefined
    ? undefined
    : unchangedIn(options.unchangedFile, index);
const unchangedPass = unchanged && beginWith(unchanged);
if (unchangedPass === undefined) void loadLane();

port.on('message', (message: ToLane) => {
  switch (message.type) {
    case 'take_profile':
      void loadProfiling().then((loaded) => loaded.take(message.kind, message.ms));
      return;
    case 'end_profile':
      profiling?.end();
      return;
  }
  if (lane !== undefined) lane.receive(message);
  else if (unchangedPass === undefined || unchangedPass.isOver) forLane.push(message);
  else tell(unchangedPass, message);
});

function tell(pass: UnchangedPass, message: ToLane): void {
  switch (message.type) {
    case 'work':
      pass.accept(message.work);
      break;
    case 'finish':
      pass.finish();
      break;
    case 'stop':
      pass.stop();
      break;
    default:
      forLane.push(message);
  }
}

function beginWith(unchanged: Unchanged): UnchangedPass {
  return new UnchangedPass({
    unchanged,
    onUnitDone: () => batcher.unitDone(),
    onWantsWork: () => post({ type: 'wants_work' }),
    onRest: (pieces) => void loadLane(pieces),
    onDone: () => {
      batcher.flush();
      end();
    },
  });
}

/** Loaded only where something is to be read. @param pieces of work that it begins with */
async function loadLane(pieces: readonly Work[] = []): Promise<void> {
  const { openLane } = await import('./open-lane.ts');
  lane = await openLane(start, { batcher, unchanged, index, post, onDrained: end });
  for (const work of pieces) lane.receive({ type: 'work', work });
  for (const message of forLane.splice(0)) lane.receive(message);
}

function end(): void {
  // The thread is ended next, which must not happen within a profile.
  profiling?.close();
  post({ type: 'drained' });
}

/** Loaded only where it is needed. */
function loadProfiling(): Promise<LaneProfiling> {
  profilingLoads ??= import('./lane-profiling.ts').then(({ LaneProfiling }) => {
    profiling = new LaneProfiling((profile) => post({ type: 'profile', profile }));
    return profiling;
  });
  return profilingLoads;
}

/** Short paths are faster. */
function openHere({ directory, tree }: IndexLocation): Promise<IndexSource> {
  return openIndexAt({ directory: fromHere(directory), tree });
}

/** Of runs over an index, and loose files. */
function unchangedIn(file: string, index: IndexSource): Unchanged {
  const { out, cratesBaseUrl } = options;
  const { pathOf } = parseLayout(options.layout);
  const urlOf = crateUrls(cratesBaseUrl);
  return new Unchanged({
    index,
    fileOf: loosePaths(resolve(out)),
    chunks: new ChunkReader(file),
    templatesOf: (name) => ({
      name,
      path: pathOf({ name, ...ANY_IN_PATH }),
      url: urlOf({ name, ...ANY_IN_URL }),
    }),
    batcher,
    onPiece: (piece) => post({ type: 'unchanged', piece }),
  });
}

function storageOf(mode: BundleMode | undefined): Storage {
  if (mode === undefined) return 'filesystem';
  return mode === 'only' ? 'bundle' : 'filesystem+bundle';
}
