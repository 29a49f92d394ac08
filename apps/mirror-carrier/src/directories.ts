import { statSync } from 'node:fs';
import { UsageError, unreadable } from '@crates-mirror/errors';

/** @throws UsageError if the option's value is not a directory */
export function checkDirectory(path: string, option: string): void {
  let isDirectory: boolean;
  try {
    isDirectory = statSync(path).isDirectory();
  } catch (error) {
    throw unreadable(option, path, error);
  }
  if (!isDirectory) throw new UsageError(`${option}: ${path} is not a directory`);
}
