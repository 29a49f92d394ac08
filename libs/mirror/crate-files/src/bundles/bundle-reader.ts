import { Worker } from 'node:worker_threads';
import { CodedError } from '@crates-mirror/errors';
import type { BundleReading } from './read-bundle.ts';
import type { ReadAnswer, ReadRequest } from './reader-protocol.ts';

/** Reads manifests and seek tables on a worker thread, as they can be hundreds of megabytes. */
export class BundleReader {
  #worker: Worker | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** @throws CodedError when the bundle cannot be used */
  read(request: ReadRequest): Promise<BundleReading> {
    const reading = this.#last.then(() => this.#ask(request));
    this.#last = reading.catch(() => {});
    return reading;
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  async #ask(request: ReadRequest): Promise<BundleReading> {
    this.#worker ??= this.#start();
    const worker = this.#worker;
    const answer = await new Promise<ReadAnswer>((resolve, reject) => {
      const onError = (error: unknown): void => {
        this.#worker = undefined;
        reject(error);
      };
      worker.once('error', onError);
      worker.once('message', (message: ReadAnswer) => {
        worker.off('error', onError);
        resolve(message);
      });
      worker.postMessage(request);
    });
    if ('failure' in answer) throw new CodedError(answer.code, answer.failure);
    return answer.reading;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./reader-worker.ts', import.meta.url));
    // The worker must not keep an otherwise idle server alive.
    worker.unref();
    return worker;
  }
}
