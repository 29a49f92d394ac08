import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { UsageError } from '@crates-mirror/errors';

/**
 * Checks that a receipt can be written, before parcels are unpacked for which there would be none.
 *
 * @throws UsageError
 */
export function checkReceiptPlace(path: string): void {
  const directory = dirname(path);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError(`--receipt-out: ${path} is a directory`, { hint: 'Name a file' });
  try {
    accessSync(directory, constants.W_OK);
  } catch {
    throw new UsageError(`--receipt-out: cannot write to ${directory}, where the receipt goes`, {
      hint: 'Name a file in a directory that is there and can be written',
    });
  }
}
