import type { ConnectionSlots } from '@crates-mirror/h2-get';
import type { buildConnector } from 'undici';
import type { UndiciOrigin } from './undici-handler.ts';

/** Wraps a connector so that each connection waits for a slot. */
export function slottedConnector(
  connect: buildConnector.connector,
  slots: ConnectionSlots,
  origin: UndiciOrigin,
): buildConnector.connector {
  return (options, done) => {
    origin.waiting += 1;
    slots.take(() => {
      origin.waiting -= 1;
      connect(options, (...result) => {
        const [error, socket] = result;
        if (error !== null || socket === null) slots.release();
        else if (socket.destroyed) slots.release();
        else socket.once('close', () => slots.release());
        done(...result);
      });
    });
  };
}
