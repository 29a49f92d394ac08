import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { LineSettings } from './delay-line.ts';

/** A line in front of a server, in a process of its own. */
export interface Line {
  /** of 127.0.0.1 */
  readonly port: number;
  readonly pid: number;
  set(settings: Partial<LineSettings>): void;
  stop(): Promise<void>;
}

/** @param to the server's port on 127.0.0.1 */
export async function startLine(to: number, { rttMs, rateMbit }: LineSettings): Promise<Line> {
  const main = join(import.meta.dirname, 'main.ts');
  const argv = [main, '--to', `127.0.0.1:${to}`, '--rtt', String(rttMs), '--rate', String(rateMbit)];
  const child = spawn(process.execPath, argv, { stdio: ['pipe', 'pipe', 'inherit'] });
  const closed = once(child, 'close');
  const [address] = await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    closed.then(() => Promise.reject(new Error('the line did not start'))),
  ]);
  return {
    port: Number(String(address).split(':')[1]),
    pid: child.pid as number,
    set: (settings) => {
      if (settings.rttMs !== undefined) child.stdin.write(`rtt ${settings.rttMs}\n`);
      if (settings.rateMbit !== undefined) child.stdin.write(`rate ${settings.rateMbit}\n`);
    },
    stop: async () => {
      child.stdin.end();
      await closed;
    },
  };
}
