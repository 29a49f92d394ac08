import { FatalError, UsageError } from '@crates-mirror/errors';

/**
 * Sends the first requests of a run: before anything is written, a refusal of the store is a mistake
 * in the options.
 *
 * @param option that names the store, for the message
 * @throws UsageError instead of FatalError
 */
export async function usable<T>(option: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof FatalError)) throw error;
    const { message, hint } = error;
    throw new UsageError(`${option}: ${message}`, hint === undefined ? {} : { hint });
  }
}
