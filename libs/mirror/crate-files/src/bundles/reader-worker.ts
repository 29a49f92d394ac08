import { parentPort } from 'node:worker_threads';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { type BundleReading, readFinished, readPartial } from './read-bundle.ts';
import type { ReadAnswer, ReadRequest } from './reader-protocol.ts';

function read(request: ReadRequest): BundleReading {
  const { path, manifest } = request;
  return request.kind === 'finished'
    ? readFinished(path, manifest, request.manifestSha256)
    : readPartial(path, manifest, request.from);
}

parentPort?.on('message', (request: ReadRequest) => {
  let answer: ReadAnswer;
  try {
    answer = { reading: read(request) };
  } catch (error) {
    answer = { failure: errorMessage(error), code: errorCode(error) };
  }
  parentPort?.postMessage(answer);
});
