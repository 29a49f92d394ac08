/** A worker thread that processes blocks and computes its share of the digests. */
import { parentPort, workerData } from 'node:worker_threads';
import { type AlgorithmName, createDigest } from '../algorithms.ts';
import type { Digest } from '../digest.ts';
import { Block } from './block.ts';
import type { FromWorker, ToWorker, WorkerStart } from './protocol.ts';

const { tasks, blocks: memories, kinds } = workerData as WorkerStart;
const blocks = memories.map((memory) => new Block(kinds, memory));
const ofStream: [AlgorithmName, Digest][] = [];
const ofParts: [kind: number, Digest][] = [];
for (const task of tasks) {
  const digest = await createDigest(task.algorithm);
  if (task.of === 'stream') ofStream.push([task.algorithm, digest]);
  else ofParts.push([task.kind, digest]);
}

parentPort?.on('message', (message: ToWorker) => {
  if (message === 'end') {
    const digests = ofStream.map(
      ([name, digest]) => [name, Buffer.from(digest.take()).toString('hex')] as const,
    );
    answer({ digests });
    return;
  }
  const block = blocks[message.block] as Block;
  const content = block.content.subarray(0, message.length);
  for (const [, digest] of ofStream) digest.update(content);
  for (const [kind, digest] of ofParts) digestParts(block, message.parts, kind, digest);
  answer({ block: message.block });
});

function digestParts(block: Block, parts: number, kind: number, digest: Digest): void {
  let start = 0;
  for (let i = 0; i < parts; i++) {
    const { length, isEnd } = block.part(i);
    digest.update(block.content.subarray(start, start + length));
    if (isEnd) block.setDigest(i, kind, digest.take());
    start += length;
  }
}

function answer(message: FromWorker): void {
  parentPort?.postMessage(message);
}
