import { parentPort } from 'node:worker_threads';
import { errorCode, errorMessage } from '@crates-mirror/errors';
import { type BundleReading, readFinished, readManifest, readPartial } from './read-bundle.ts';
import type { ReadAnswer, ReadRequest } from './reader-protocol.ts';

function read(request: ReadRequest): BundleReading {
  switch (request.kind) {
    case 'finished':
      return readFinished(request.path, request.manifest, request.manifestSha256);
    case 'manifest':
      return readManifest(request.manifest, request.manifestSha256);
    case 'partial':
      return readPartial(request.path, request.manifest, request.from);
  }
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
