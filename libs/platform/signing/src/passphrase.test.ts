import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const MODULE = join(import.meta.dirname, 'passphrase.ts');
const ASK = `import { askPassphrase } from ${JSON.stringify(MODULE)}; console.log(await askPassphrase('Pass: '));`;

/** Prompts on a terminal of its own, and types. */
async function ask(keys: string): Promise<{ code: number; output: string }> {
  const command = `${process.execPath} --input-type=module -e "$ASK"`;
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: { ...process.env, ASK },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    // Typed before the prompt, Ctrl-C would be a signal.
    const isAsked = !output.includes('Pass: ') && `${output}${data}`.includes('Pass: ');
    if (isAsked) child.stdin.write(keys);
    output += data;
  });
  const [code] = await once(child, 'close');
  return { code, output };
}

test('a passphrase is not shown while it is typed, and Ctrl-C is an interruption', async (t) => {
  if (spawnSync('script', ['--version']).error !== undefined) {
    t.skip('script is not installed');
    return;
  }
  const typed = await ask('sesamx\u007fe\r');
  assert.deepEqual([typed.code, typed.output], [0, 'Pass: \r\nsesame\r\n']);
  assert.equal((await ask('ses\u0003')).code, 130);
});
