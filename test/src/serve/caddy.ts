import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cleanup } from '../support/tools.ts';

/** Global options that isolate a test's Caddy. */
const GLOBAL = '{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n}\n';

/** Whether Caddy is installed. */
export function hasCaddy(): boolean {
  return spawnSync('caddy', ['version']).error === undefined;
}

/** Starts Caddy with a configuration, and waits until it serves. It is stopped after the test. */
export async function startCaddy(t: Cleanup, home: string, sites: string): Promise<void> {
  mkdirSync(home);
  const file = join(home, 'Caddyfile');
  writeFileSync(file, `${GLOBAL}${sites}`);
  const env = { ...process.env, HOME: home, XDG_DATA_HOME: home, XDG_CONFIG_HOME: home };
  const child = spawn('caddy', ['run', '--config', file, '--adapter', 'caddyfile'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  while (!log.includes('serving initial configuration')) {
    if (child.exitCode !== null) throw new Error(`Caddy did not start: ${log}`);
    await Promise.race([once(child.stderr, 'data'), once(child, 'close')]);
  }
}
