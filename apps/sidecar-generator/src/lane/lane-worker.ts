import { parentPort, workerData } from 'node:worker_threads';
import { Lane } from './lane.ts';
import type { LaneStart, ToLane } from './protocol.ts';

const port = parentPort;
if (port === null) throw new Error('lane-worker.ts is started as a worker thread');
const lane = new Lane(workerData as LaneStart);

port.on('message', ({ number, piece }: ToLane) => {
  const result = lane.process(number, piece);
  port.postMessage(result, result.output === undefined ? [] : [result.output.buffer as ArrayBuffer]);
});
