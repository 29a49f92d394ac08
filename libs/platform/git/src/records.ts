import { type GitOptions, startGit } from './run-git.ts';

/** The NUL-terminated records that git writes to stdout, in constant memory. @throws GitError */
export async function* gitRecords(args: readonly string[], options: GitOptions): AsyncGenerator<string> {
  const { child, ended } = startGit(args, options);
  // Checked after the end of the output; until then, a rejection must not count as unhandled.
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
