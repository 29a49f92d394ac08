import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cleanup } from '@crates-mirror/e2e/tools';

/** A file system that a mirror may be on, and how to make and mount one. */
export interface FileSystem {
  readonly name: string;
  /** Whether names that differ only in case are one name. */
  readonly isFolding: boolean;
  /**
   * Makes a new one.
   *
   * @param scratch an empty directory for images
   * @returns mounts it at a path
   * @throws Error if this machine cannot
   */
  readonly make: (t: Cleanup, scratch: string) => (at: string) => void;
}

export const FILE_SYSTEMS: readonly FileSystem[] = [
  image('vfat', { isFolding: true, size: '64M', maker: ['mkfs.vfat'], type: 'vfat' }),
  { name: 'exfat', isFolding: true, make: onExfat },
  image('xfs-ci', {
    isFolding: true,
    size: '400M',
    maker: ['mkfs.xfs', '-q', '-n', 'version=ci'],
    type: 'xfs',
  }),
  { name: 'nfs', isFolding: false, make: onNfs },
  { name: 'overlayfs', isFolding: false, make: onOverlay },
  { name: 'tmpfs', isFolding: false, make: onTmpfs },
];

/** @throws Error with what the program says */
export function run(program: string, ...args: string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) throw new Error(`${program} cannot be started: ${error.message}`);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.trim().split('\n')[0]}`);
  return stdout;
}

interface Image {
  readonly isFolding: boolean;
  readonly size: string;
  readonly maker: readonly [string, ...string[]];
  readonly type: string;
}

/** In a file, by a driver of the kernel. */
function image(name: string, { isFolding, size, maker: [program, ...args], type }: Image): FileSystem {
  const make = (_: Cleanup, scratch: string): ((at: string) => void) => {
    const path = emptyFile(scratch, size);
    run(program, ...args, path);
    return (at) => void run('mount', '-t', type, '-o', 'loop', path, at);
  };
  return { name, isFolding, make };
}

function emptyFile(scratch: string, size: string): string {
  const path = join(scratch, 'image');
  run('truncate', '-s', size, path);
  return path;
}

/** It is made anew by each mount, so that it is bound instead. */
function onTmpfs(t: Cleanup, scratch: string): (at: string) => void {
  run('mount', '-t', 'tmpfs', 'tmpfs', scratch);
  t.after(() => run('umount', scratch));
  return (at) => void run('mount', '--bind', scratch, at);
}

/** An upper layer on a tmpfs: overlayfs refuses one that is on another overlay. */
function onOverlay(t: Cleanup, scratch: string): (at: string) => void {
  run('mount', '-t', 'tmpfs', 'tmpfs', scratch);
  t.after(() => run('umount', scratch));
  const [lower, upper, work] = ['lower', 'upper', 'work'].map((name) => join(scratch, name));
  for (const layer of [lower, upper, work]) mkdirSync(String(layer));
  const layers = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
  return (at) => void run('mount', '-t', 'overlay', '-o', layers, 'overlay', at);
}

/** exFAT by FUSE, which needs a block device. */
function onExfat(t: Cleanup, scratch: string): (at: string) => void {
  const path = emptyFile(scratch, '64M');
  run('mkfs.exfat', path);
  const device = run('losetup', '-f', '--show', path).trim();
  t.after(() => run('losetup', '-d', device));
  return (at) => void run('mount.exfat-fuse', device, at);
}

/** NFS version 3 over TCP, by the kernel's server on this machine, which is to run already. */
function onNfs(t: Cleanup, scratch: string): (at: string) => void {
  if (nfsThreads() === 0) throw new Error('no NFS server is running');
  run('mount', '-t', 'tmpfs', 'tmpfs', scratch);
  t.after(() => run('umount', scratch));
  const exported = `127.0.0.1:${scratch}`;
  run('exportfs', '-o', 'rw,no_root_squash,insecure,no_subtree_check,fsid=1', exported);
  t.after(() => run('exportfs', '-u', exported));
  return (at) => void run('mount', '-t', 'nfs', '-o', 'vers=3,nolock,tcp', exported, at);
}

function nfsThreads(): number {
  try {
    return Number(readFileSync('/proc/fs/nfsd/threads', 'utf8'));
  } catch {
    return 0;
  }
}
