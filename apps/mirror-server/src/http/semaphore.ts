import { isGone, type Reply, type Request } from '@crates-mirror/http-content';

/** Gives a turn back. */
export type Release = () => void;

interface Queue {
  taken: number;
  /** In the order in which they came. */
  readonly waiting: Set<() => void>;
}

/**
 * Semaphore for what is dear, of which each HTTP/2 connection has a few at a time, whatever its client leaves unread; the streams
 * beyond wait. Of HTTP/1.1, few requests are under way as it is.
 */
export class Semaphore {
  readonly #most: number;
  readonly #queues = new WeakMap<object, Queue>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Waits for a turn; where the client goes meanwhile, no longer. */
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

/** @returns false where the client has gone first */
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
