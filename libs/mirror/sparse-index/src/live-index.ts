import type { IndexFile } from './settled-file.ts';

/** An index whose files change while they are served. Paths are below its root. */
export interface LiveIndex {
  /** @throws CodedError where the index has gone, or cannot be looked at now */
  checkThere(): Promise<void>;
  /** undefined where there is no such file. @throws CodedError where it cannot be read now */
  read(path: string): Promise<IndexFile | undefined>;
  /** The same key, the same file. */
  keyOf(path: string): Promise<string>;
}
