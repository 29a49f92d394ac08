import assert from 'node:assert/strict';
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Cleanup, type Ended, runTool } from './tools.ts';

export const QUIET = ['--no-progress'];

/** Runs archive-hasher without progress. */
export function hasher(t: Cleanup, cwd: string, ...args: string[]): Promise<Ended> {
  return runTool(t, 'archive-hasher', [...args, ...QUIET], cwd);
}

export function run(cwd: string, command: string, ...args: string[]): SpawnSyncReturns<Buffer> {
  return spawnSync(command, args, { cwd, env: { ...process.env, LC_ALL: 'C.UTF-8', TZ: 'UTC' } });
}

/** Runs a command that must succeed. @returns its stdout */
export function succeed(cwd: string, command: string, ...args: string[]): Buffer {
  const { status, stdout, stderr } = run(cwd, command, ...args);
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Skips a test if any of its programs is missing. */
export function isMissing(t: TestContext, ...commands: string[]): boolean {
  const missing = commands.filter((command) => run('/', command, '--version').status !== 0);
  if (missing.length > 0) t.skip(`not installed: ${missing.join(', ')}`);
  return missing.length > 0;
}

/** Writes files by path. */
export function write(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(join(root, dirname(path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}
