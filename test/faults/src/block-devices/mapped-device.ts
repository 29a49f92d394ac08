import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from '@crates-mirror/e2e/tools';
import { run } from '../file-systems/mounts.ts';

const SECTOR = 512;

/** @returns the reason why the device mapper does not have a target here, if there is one */
export function missingTarget(target: string): string | undefined {
  try {
    return run('dmsetup', 'targets').includes(target) ? undefined : `the device mapper has no ${target} here`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A directory for images and mount points, in memory. */
export function images(t: Cleanup): string {
  const directory = mkdtempSync(join(tmpdir(), 'block-'));
  run('mount', '-t', 'tmpfs', 'tmpfs', directory);
  t.after(() => {
    run('umount', directory);
    rmSync(directory, { recursive: true });
  });
  return directory;
}

/** A file as a block device. */
export class LoopDevice {
  readonly file: string;
  readonly path: string;
  readonly sectors: number;

  constructor(t: Cleanup, file: string, bytes: number) {
    this.file = file;
    this.sectors = bytes / SECTOR;
    run('truncate', '-s', String(bytes), file);
    this.path = run('losetup', '-f', '--show', file).trim();
    t.after(() => run('losetup', '-d', this.path));
  }

  /** What is on it, while nobody has it mounted. */
  get content(): Buffer {
    run('blockdev', '--flushbufs', this.path);
    return readFileSync(this.file);
  }

  set content(bytes: Buffer) {
    writeFileSync(this.file, bytes);
    run('blockdev', '--flushbufs', this.path);
  }
}

/** A device of the device mapper, with a table that can change. */
export class MappedDevice {
  readonly path: string;
  readonly #name: string;

  /** @param table as for dmsetup */
  constructor(t: Cleanup, name: string, table: string) {
    this.#name = name;
    run('dmsetup', '--noudevsync', '--noudevrules', 'create', name, '--table', table);
    t.after(() => run('dmsetup', '--noudevsync', 'remove', '--retry', name));
    const minor = run('dmsetup', 'info', '-c', '--noheadings', '-o', 'minor', name).trim();
    this.path = `/dev/dm-${minor}`;
  }

  /** What is under way is not waited for. */
  load(table: string): void {
    run('dmsetup', '--noudevsync', 'suspend', '--noflush', '--nolockfs', this.#name);
    run('dmsetup', '--noudevsync', 'load', this.#name, '--table', table);
    run('dmsetup', '--noudevsync', 'resume', this.#name);
  }
}

/** Mounts a device until the callback ends. */
export async function whileMounted<Result>(
  device: string,
  at: string,
  use: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(at, { recursive: true });
  run('mount', '-t', 'ext4', device, at);
  try {
    return await use();
  } finally {
    run('umount', at);
  }
}
