import { once } from 'node:events';
import { type Cleanup, type RunningTool, startTool } from './tools.ts';

export interface RunningServer extends RunningTool {
  /** `http://127.0.0.1:PORT`, as printed by the server */
  readonly origin: string;
}

/** Starts mirror-server on any free port, and waits until it serves. */
export async function startServer(
  t: Cleanup,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<RunningServer> {
  const tool = startTool(t, 'mirror-server', ['--listen', ':0', ...args], cwd, env);
  for (;;) {
    const origin = /serving on (https?:\/\/\S+)\/\n/.exec(tool.stderr())?.[1];
    if (origin !== undefined) return { ...tool, origin };
    const ended = await Promise.race([tool.ended, once(tool.child.stderr as NodeJS.ReadableStream, 'data')]);
    if ('code' in ended) throw new Error(`the server ended with ${ended.code}: ${ended.stderr}`);
  }
}
