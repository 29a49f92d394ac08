import { parentPort, workerData } from 'node:worker_threads';
import { LaneInThread } from './lane-in-thread.ts';
import type { LaneAhead, ToLane } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('lane-worker.ts is started as a worker thread');

/** Messages that arrive before the lane can receive them. */
const early: ToLane[] = [];
let lane: LaneInThread | undefined;

port.on('message', (message: ToLane) => {
  if (message.type === 'start') void start(message);
  else if (lane === undefined) early.push(message);
  else lane.receive(message);
});
if ((workerData as LaneAhead).willFetch) void loadAhead();

async function start(message: Extract<ToLane, { type: 'start' }>): Promise<void> {
  const opened = await LaneInThread.open(message.start, (answer, transfer = []) =>
    port?.postMessage(answer, transfer),
  );
  lane = opened;
  for (const waiting of early.splice(0)) opened.receive(waiting);
}

/** Loads modules while the main thread determines the work. */
async function loadAhead(): Promise<void> {
  try {
    await import('./open-lane.ts');
    await import('@crates-mirror/h2-get/origin');
  } catch {
    // Modules that cannot be loaded are reported where they are used.
  }
}
