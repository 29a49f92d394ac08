import type { IndexFile } from './stable-file.ts';

/** An index whose files change while it is served. Paths are relative to its root. */
export interface LiveIndex {
  /** @throws CodedError if the index is gone or cannot be checked now */
  checkThere(): Promise<void>;
  /** undefined if there is no such file. @throws CodedError if it cannot be read now */
  read(path: string): Promise<IndexFile | undefined>;
  /** Equal keys mean that the file is unchanged. */
  keyOf(path: string): Promise<string>;
}
