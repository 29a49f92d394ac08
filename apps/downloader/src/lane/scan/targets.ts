import type { IndexFileState, IndexSource, SelectEntries } from '@crates-mirror/crates-index';
import { parseIndexFile } from '@crates-mirror/crates-index/files';
import { indexShard } from '@crates-mirror/crates-index/names';
import { errorMessage } from '@crates-mirror/errors';
import { crateUrls, type Layout, parseLayout } from '@crates-mirror/layout/paths';
import type { ChecksumTable } from '../../plan/checksum-table.ts';
import { checksumKey } from '../../plan/checksums-file.ts';
import type { IndexWork, InputProblem, ListLine, Work } from '../../plan/work.ts';
import type { LaneOptions } from '../options.ts';
import type { Target } from '../target.ts';
import type { Unchanged } from './unchanged.ts';

/** Yields undefined after some time may have passed without a target. */
export type Targets = Generator<Target | undefined>;

export interface TargetSource {
  /** Undefined for a list. */
  readonly index: IndexSource | undefined;
  readonly select: SelectEntries;
  /**
   * Returns the maximum size of a version's file in bytes; undefined for no limit.
   *
   * @param path path of the index file
   */
  readonly maxSizeOf?: ((path: string, version: string) => number | undefined) | undefined;
  readonly layout: Layout;
  readonly checksums: ChecksumTable | undefined;
  readonly onProblem: (problem: InputProblem) => void;
  /** Called after each index file, so that totals can be estimated. */
  readonly onUnitDone: () => void;
  /**
   * Completes what it can without reading. The lane reports to it what it finds in place for each
   * target.
   */
  readonly unchanged?: Unchanged | undefined;
}

interface IndexTargets extends TargetSource {
  readonly index: IndexSource;
  readonly cratesBaseUrl: string;
}

/** Returns the targets of a piece of work, for either kind of source. */
export function targetsOf(
  { source, layout, cratesBaseUrl }: Pick<LaneOptions, 'source' | 'layout' | 'cratesBaseUrl'>,
  shared: Omit<TargetSource, 'layout'>,
): (work: Work) => Targets {
  const common = { ...shared, layout: parseLayout(layout) };
  const { index } = shared;
  if (source.kind === 'list') return listTargets({ ...common, file: source.file }) as (work: Work) => Targets;
  if (index === undefined) throw new Error('an index that was not opened');
  return indexTargets({ ...common, index, cratesBaseUrl }) as (work: Work) => Targets;
}

/** @param cratesBaseUrl as accepted by `crateUrls` */
export function originOf(cratesBaseUrl: string): string {
  return new URL(cratesBaseUrl.split('{')[0] as string).origin;
}

/** The targets of some index files. */
function indexTargets(source: IndexTargets): (work: IndexWork) => Targets {
  const urlOf = crateUrls(source.cratesBaseUrl);
  const origin = originOf(source.cratesBaseUrl);
  const { unchanged } = source;
  return function* targets({ files, most = Number.POSITIVE_INFINITY, chunks = [], isToVerify = false }) {
    unchanged?.begin(chunks);
    let count = 0;
    for (const file of files) {
      if (!isToVerify && unchanged !== undefined && (yield* unchanged.complete(file))) {
        source.onUnitDone();
        yield undefined;
        continue;
      }
      const { content, entries, isClean } = contentOf(source, file, unchanged?.startReading(file));
      const selected = source.select({ path: file, content, entries });
      for (const entry of selected) {
        if (count === most) break;
        count += 1;
        const crate = { name: entry.name, version: entry.version, sha256: entry.cksum };
        const url = urlOf(crate);
        const sha256 = source.checksums?.get(url) ?? entry.cksum;
        const maxSize = source.maxSizeOf?.(file, entry.version);
        yield newTarget(source, { ...crate, sha256, isToVerify, maxSize }, url, origin);
      }
      unchanged?.endReading(isClean ? selected.length : undefined);
      source.onUnitDone();
    }
    unchanged?.end();
  };
}

/** Returns the contents of an index file, and whether it is free of problems. */
function contentOf(
  { index, onProblem }: IndexTargets,
  file: string,
  look: ((state: IndexFileState) => void) | undefined,
) {
  try {
    const content = index.read(file, look);
    const { entries, problems, conflicts } = parseIndexFile(content, file);
    for (const problem of [...problems, ...conflicts]) onProblem(problem);
    return { content, entries, isClean: problems.length === 0 };
  } catch (error) {
    onProblem({ file, line: 0, message: `cannot be read: ${errorMessage(error)}` });
    return { content: Buffer.alloc(0), entries: [], isClean: false };
  }
}

interface ListTargets extends TargetSource {
  readonly file: string;
}

/** The targets of some lines of a URL list. */
function listTargets(source: ListTargets): (work: Work & { kind: 'list' }) => Generator<Target> {
  return function* targets({ lines }) {
    for (const line of lines) {
      const target = listTarget(source, line);
      if (typeof target === 'string')
        source.onProblem({ file: source.file, line: line.number, message: target });
      else yield target;
    }
  };
}

function listTarget(source: ListTargets, line: ListLine): Target | string {
  const url = new URL(line.url);
  const sha256 = source.checksums?.get(checksumKey(url));
  if (sha256 === undefined && source.layout.needsChecksum)
    return `no checksum, which the layout needs: ${line.url}`;
  const crate = { name: line.name, version: line.version, sha256, isToVerify: false };
  return newTarget(source, crate, line.url, url.origin);
}

function newTarget(
  { layout }: TargetSource,
  crate: Pick<Target, 'name' | 'version' | 'sha256' | 'isToVerify' | 'maxSize'>,
  url: string,
  origin: string,
): Target {
  return {
    name: crate.name,
    version: crate.version,
    sha256: crate.sha256,
    url,
    origin,
    path: layout.pathOf({ name: crate.name, version: crate.version, sha256: crate.sha256 ?? '' }),
    shard: indexShard(crate.name),
    maxSize: crate.maxSize,
    isToVerify: crate.isToVerify,
    startedAt: 0,
    retries: 0,
    lostConnections: 0,
    hasLooseCopy: false,
  };
}
