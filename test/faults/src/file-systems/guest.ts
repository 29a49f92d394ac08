/**
 * Runs the campaign in user-mode Linux (Debian's user-mode-linux), whose kernel has drivers that this
 * machine's may lack: vfat, NFS, XFS without cases, and the device mapper's targets. The guest sees
 * this machine's files, which it cannot change, and works in memory. Must run as root.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { prepare } from '@crates-mirror/e2e/prepare-tests';

const REPOSITORY = resolve(import.meta.dirname, '../../../..');
const KERNEL = 'linux.uml';
const MEMORY = '1500M';
const ENDED = /the campaign ended with (\d+)/;

if (spawnSync(KERNEL, ['--version'], { stdio: 'ignore' }).error !== undefined)
  throw new Error(`${KERNEL} is missing: install user-mode-linux`);
const { CRATES_MIRROR_TESTED_PROGRAMS: programs } = await prepare('.nx/programs-of-guest');
const words = [
  ...['root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', `mem=${MEMORY}`, 'quiet', 'loglevel=3'],
  `init=${join(import.meta.dirname, 'guest-init.sh')}`,
  ...['con=null', 'con0=null,fd:1', 'con1=null,fd:1'],
  `REPOSITORY=${REPOSITORY}`,
  `PROGRAMS=${programs}`,
  `ARGUMENTS=${process.argv.slice(2).join(',')}`,
];
const guest = spawn(KERNEL, words, { stdio: ['ignore', 'pipe', 'inherit'] });
let output = '';
guest.stdout.on('data', (data: Buffer) => {
  output += data;
  process.stdout.write(data);
});
await once(guest, 'close');
process.exitCode = Number(ENDED.exec(output)?.[1] ?? 1);
