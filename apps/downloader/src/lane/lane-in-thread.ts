import { resolve } from 'node:path';
import type { IndexLocation, IndexSource } from '@crates-mirror/crates-index';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import type { BundleMode } from '@crates-mirror/downloader-options';
import { crateUrls, parseLayout } from '@crates-mirror/layout/paths';
import type { Storage } from '@crates-mirror/manifest/record';
import { ANY_IN_PATH, ANY_IN_URL, ChunkReader } from '@crates-mirror/manifest/unchanged';
import type { Work } from '../plan/work.ts';
import type { LaneProfiling } from './lane-profiling.ts';
import type { OpenLane } from './open-lane.ts';
import type { LaneOptions } from './options.ts';
import { type FromLane, type LaneStart, PROFILERS_AFTER_MS, type ToLane } from './protocol.ts';
import { Batcher } from './report/batcher.ts';
import type { Meter } from './report/meter.ts';
import { Unchanged } from './scan/unchanged.ts';
import { UnchangedPass } from './scan/unchanged-pass.ts';
import { fromHere, loosePaths } from './store/loose-paths.ts';

export type Post = (message: FromLane, transfer?: ArrayBuffer[]) => void;

/**
 * What runs in a lane's thread: first the pass over what the last run knows of the index, then an
 * {@link OpenLane} for the rest.
 */
export class LaneInThread {
  readonly #start: LaneStart;
  readonly #post: Post;
  readonly #batcher: Batcher;
  readonly #index: IndexSource | undefined;
  readonly #unchanged: Unchanged | undefined;
  readonly #unchangedPass: UnchangedPass | undefined;
  /** Messages for the lane, kept until it is loaded. */
  readonly #forLane: ToLane[] = [];
  #lane: OpenLane | undefined;
  #profiling: LaneProfiling | undefined;
  #profilingLoads: Promise<LaneProfiling> | undefined;

  static async open(start: LaneStart, post: Post): Promise<LaneInThread> {
    const meter = start.options.isWatched ? new (await import('./report/meter.ts')).Meter() : undefined;
    return new LaneInThread(start, post, meter, start.index && (await openHere(start.index)));
  }

  private constructor(
    start: LaneStart,
    post: Post,
    meter: Meter | undefined,
    index: IndexSource | undefined,
  ) {
    const { options } = start;
    this.#start = start;
    this.#post = post;
    this.#index = index;
    this.#batcher = new Batcher(
      storageOf(options.bundling?.mode),
      meter,
      (batch) => {
        this.#lane?.flush();
        post({ type: 'completed', batch }, [batch.records.buffer as ArrayBuffer]);
      },
      options.bundling?.files,
    );
    if (options.isWatched) setTimeout(() => void this.#loadProfiling(), PROFILERS_AFTER_MS).unref();
    const { unchangedFile } = options;
    if (unchangedFile !== undefined && index !== undefined)
      this.#unchanged = unchangedIn(unchangedFile, { options, index, batcher: this.#batcher, post });
    this.#unchangedPass = this.#unchanged && this.#beginWith(this.#unchanged);
    if (this.#unchangedPass === undefined) void this.#loadLane();
  }

  receive(message: ToLane): void {
    switch (message.type) {
      case 'take_profile':
        void this.#loadProfiling().then((loaded) => loaded.take(message.kind, message.ms));
        return;
      case 'end_profile':
        this.#profiling?.end();
        return;
    }
    const pass = this.#unchangedPass;
    if (this.#lane !== undefined) this.#lane.receive(message);
    else if (pass === undefined || pass.isOver) this.#forLane.push(message);
    else this.#forward(pass, message);
  }

  #forward(pass: UnchangedPass, message: ToLane): void {
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
        this.#forLane.push(message);
    }
  }

  #beginWith(unchanged: Unchanged): UnchangedPass {
    return new UnchangedPass({
      unchanged,
      onUnitDone: () => this.#batcher.unitDone(),
      onWantsWork: () => this.#post({ type: 'wants_work' }),
      onRest: (pieces) => void this.#loadLane(pieces),
      onDone: () => {
        this.#batcher.flush();
        this.#end();
      },
    });
  }

  /** Loads the lane, only if something has to be read. @param pieces its initial pieces of work */
  async #loadLane(pieces: readonly Work[] = []): Promise<void> {
    const { openLane } = await import('./open-lane.ts');
    const lane = await openLane(this.#start, {
      batcher: this.#batcher,
      unchanged: this.#unchanged,
      index: this.#index,
      post: this.#post,
      onDrained: () => this.#end(),
    });
    this.#lane = lane;
    for (const work of pieces) lane.receive({ type: 'work', work });
    for (const message of this.#forLane.splice(0)) lane.receive(message);
  }

  #end(): void {
    // The thread is terminated next, which must not happen while a profile is being taken.
    this.#profiling?.close();
    this.#post({ type: 'drained' });
  }

  /** Loaded on demand. */
  #loadProfiling(): Promise<LaneProfiling> {
    this.#profilingLoads ??= import('./lane-profiling.ts').then(({ LaneProfiling }) => {
      this.#profiling = new LaneProfiling((profile) => this.#post({ type: 'profile', profile }));
      return this.#profiling;
    });
    return this.#profilingLoads;
  }
}

/** Short paths are faster. */
function openHere({ directory, tree }: IndexLocation): Promise<IndexSource> {
  return openIndexAt({ directory: fromHere(directory), tree });
}

interface UnchangedDeps {
  readonly options: LaneOptions;
  readonly index: IndexSource;
  readonly batcher: Batcher;
  readonly post: Post;
}

/** For runs over an index with loose files. */
function unchangedIn(file: string, { options, index, batcher, post }: UnchangedDeps): Unchanged {
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
