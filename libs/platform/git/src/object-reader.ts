import { GitError } from './git-error.ts';
import { type GitOptions, type RunningGit, startGit } from './run-git.ts';

const NEWLINE = 0x0a;

/**
 * Reads objects one after the other through a single git process. Format: git-cat-file(1), "Batch
 * output".
 */
export class ObjectReader {
  readonly #git: RunningGit;
  readonly #chunks: AsyncIterator<Buffer>;
  #held: Buffer = Buffer.alloc(0);

  constructor(options: GitOptions) {
    this.#git = startGit(['cat-file', '--batch'], options, true);
    this.#git.ended.catch(() => {});
    // git may have exited before the write; `ended` reports why.
    this.#git.child.stdin?.on('error', () => {});
    this.#chunks = (this.#git.child.stdout as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  }

  /**
   * @param most bytes; a larger object is skipped, and returned as empty
   * @throws GitError if the object is missing or damaged
   */
  async read(name: string, most: number): Promise<Buffer> {
    // One request at a time always fits into the pipe.
    this.#git.child.stdin?.write(`${name}\n`);
    const header = (await this.#take(await this.#lineLength())).toString('latin1').trimEnd();
    const match = /^[0-9a-f]+ blob (\d+)$/.exec(header);
    if (match === null) throw new GitError('git_corrupt', `git cat-file says: ${header}`, header);
    const size = Number(match[1]);
    if (size <= most) return (await this.#take(size + 1)).subarray(0, size);
    for await (const _ of this.#pieces(size + 1));
    return Buffer.alloc(0);
  }

  async close(): Promise<void> {
    this.#git.child.stdin?.end();
    this.#git.child.kill();
    await this.#git.ended.catch(() => {});
  }

  async #lineLength(): Promise<number> {
    for (;;) {
      const end = this.#held.indexOf(NEWLINE);
      if (end !== -1) return end + 1;
      await this.#readMore();
    }
  }

  async #take(length: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.#pieces(length)) pieces.push(piece);
    return Buffer.concat(pieces, length);
  }

  async *#pieces(length: number): AsyncGenerator<Buffer> {
    for (let missing = length; missing > 0; ) {
      if (this.#held.length === 0) await this.#readMore();
      const piece = this.#held.subarray(0, missing);
      this.#held = this.#held.subarray(piece.length);
      missing -= piece.length;
      yield piece;
    }
  }

  async #readMore(): Promise<void> {
    const { value, done } = await this.#chunks.next();
    if (done !== true) {
      this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value]);
      return;
    }
    await this.#git.ended;
    throw new GitError('git_failed', 'git cat-file ended early', '');
  }
}
