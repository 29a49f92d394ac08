import { parentPort, workerData } from 'node:worker_threads';
import { LaneInThread } from './lane-in-thread.ts';
import type { LaneAhead, ToLane } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('lane-worker.ts is started as a worker thread');

/** What comes before the lane can take it. */
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

/** While the main thread finds out what there is to do. */
async function loadAhead(): Promise<void> {
  try {
    await import('./open-lane.ts');
    await import('@crates-mirror/h2-get/origin');
  } catch {
    // What cannot be loaded is reported where it is used.
  }
}
