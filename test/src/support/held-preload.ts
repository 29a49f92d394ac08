/** Loaded before a tool's own code, in each of its threads: see `held.ts`. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const { existsSync, writeFileSync } = fs;
const { HELD_ON = '', HELD_BEFORE = '', HELD_FROM = '0', HELD_AT = '' } = process.env;
let left = Number(HELD_FROM);

/** Returns when the test has released the tool. It blocks its thread, as a slow disk would. */
function holdAt(path: unknown): void {
  if (typeof path !== 'string' && !Buffer.isBuffer(path)) return;
  if (!String(path).includes(HELD_BEFORE) || left-- > 0 || existsSync(`${HELD_AT}/released`)) return;
  writeFileSync(`${HELD_AT}/reached`, '');
  const never = new Int32Array(new SharedArrayBuffer(4));
  while (!existsSync(`${HELD_AT}/released`)) Atomics.wait(never, 0, 0, 5);
}

function held<Parameters extends unknown[], Result>(
  operation: (...parameters: Parameters) => Result,
): (...parameters: Parameters) => Result {
  return (...parameters) => {
    for (const parameter of parameters.slice(0, 2)) holdAt(parameter);
    return operation(...parameters);
  };
}

if (HELD_ON === 'open') fs.openSync = held(fs.openSync);
else if (HELD_ON === 'rename') fs.renameSync = held(fs.renameSync);
else {
  fs.unlinkSync = held(fs.unlinkSync);
  fs.rmSync = held(fs.rmSync);
}
syncBuiltinESMExports();
