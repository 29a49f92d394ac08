/** A worker thread that counts the work to do, so that progress can show the remaining time. */
import { lstatSync, opendirSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { type BytePath, bytesOf, joinPath } from '../byte-path.ts';
import { Exclusions } from '../exclude/exclusions.ts';
import type { CountJob, TreeTotals } from './count-job.ts';

/** Entries that are read at once. */
const READ_AHEAD = 256;

const { root, rules } = workerData as CountJob;
const exclusions = new Exclusions(rules);
let files = 0;
let bytes = 0;

/**
 * Counts in any order, so it needs no list of names. The walk reports what cannot be read.
 *
 * @param directory relative to the root
 */
function count(directory: BytePath): void {
  const entries = opendirSync(bytesOf(joinPath(root, directory)) as unknown as string, {
    encoding: 'latin1',
    bufferSize: READ_AHEAD,
  });
  try {
    for (let entry = entries.readSync(); entry !== null; entry = entries.readSync()) {
      const path = joinPath(directory, entry.name);
      if (exclusions.leavesOut(path)) continue;
      if (entry.isDirectory()) countQuietly(path);
      else if (entry.isFile()) {
        bytes += lstatSync(bytesOf(joinPath(root, path)), { throwIfNoEntry: false })?.size ?? 0;
        files += 1;
      }
    }
  } finally {
    entries.closeSync();
  }
}

function countQuietly(directory: BytePath): void {
  try {
    count(directory);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

countQuietly('');
parentPort?.postMessage({ files, bytes } satisfies TreeTotals);
