import { isGone, type Reply, type Request } from '@crates-mirror/http-content';

/** Releases a turn. */
export type Release = () => void;

interface Queue {
  taken: number;
  /** In order of arrival. */
  readonly waiting: Set<() => void>;
}

/**
 * Semaphore for expensive operations. Each HTTP/2 connection may have a few under way at a time,
 * however much its client leaves unread; further streams wait. HTTP/1.1 connections are exempt,
 * because they have few requests under way anyway.
 */
export class Semaphore {
  readonly #most: number;
  readonly #queues = new WeakMap<object, Queue>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for a turn. Stops waiting if the client disconnects. */
  async take(request: Request, reply: Reply): Promise<Release> {
    const session = 'stream' in request ? request.stream.session : undefined;
    if (session === undefined || isGone(reply)) return () => {};
    let queue = this.#queues.get(session);
    if (queue === undefined) {
      queue = { taken: 0, waiting: new Set() };
      this.#queues.set(session, queue);
    }
    if (queue.taken < this.#most) queue.taken += 1;
    else if (!(await waitForTurn(queue, reply))) return () => {};
    return releaseOf(queue);
  }
}

function releaseOf(queue: Queue): Release {
  return () => {
    const [next] = queue.waiting;
    if (next === undefined) queue.taken -= 1;
    else next();
  };
}

/** @returns false if the client disconnected first */
function waitForTurn({ waiting }: Queue, reply: Reply): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (isTurn: boolean): void => {
      waiting.delete(next);
      reply.off('close', gone);
      resolve(isTurn);
    };
    const next = (): void => end(true);
    const gone = (): void => end(false);
    waiting.add(next);
    reply.once('close', gone);
  });
}
