import { type GitOptions, startGit } from './run-git.ts';

/** The NUL-terminated records that git writes to stdout, in memory independent of their number. @throws GitError */
export async function* gitRecords(args: readonly string[], options: GitOptions): AsyncGenerator<string> {
  const { child, ended } = startGit(args, options);
  // It is looked at when the output has ended; until then a failure is nobody's.
  ended.catch(() => {});
  let rest = '';
  try {
    for await (const chunk of child.stdout?.setEncoding('utf8') ?? []) {
      const records = (rest + chunk).split('\0');
      rest = records.pop() as string;
      yield* records;
    }
    await ended;
  } finally {
    child.kill();
  }
}
