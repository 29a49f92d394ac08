import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DirectorySource, parseEntry, walkIndex } from '@crates-mirror/crates-index';
import { sha256Hex } from '@crates-mirror/hashing';
import { generatedBody, type SizeProfile } from '@crates-mirror/sample';

export interface RewriteOptions {
  /** Root of the source index. */
  readonly from: string;
  /** Root of the new index. */
  readonly to: string;
  readonly profile: SizeProfile;
  /** The `dl` value of the new config.json. */
  readonly dl: string;
  /** Stop after this many crates [all]. */
  readonly crates?: number;
  /** Called with every crate file in the new index. */
  readonly onBody?: (name: string, version: string, body: Buffer) => void;
}

export interface RewriteResult {
  readonly files: number;
  readonly lines: number;
  /** Different (name, version) pairs. */
  readonly versions: number;
}

/**
 * Copies an index tree, replacing every `cksum` by that of the generated body. Of several lines for
 * one version, the last gets the body's; an earlier one with a different checksum keeps a different
 * one. Everything else is unchanged.
 */
export function rewriteIndex(options: RewriteOptions): RewriteResult {
  const most = options.crates ?? Number.POSITIVE_INFINITY;
  const result = { files: 0, lines: 0, versions: 0 };
  for (const { files } of walkIndex(new DirectorySource(options.from), 1000, () => {})) {
    for (const file of files) {
      if (result.files === most) return finish(options, result);
      const target = join(options.to, file);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, rewriteFile(readFileSync(join(options.from, file), 'utf8'), options, result));
      result.files += 1;
    }
  }
  return finish(options, result);
}

function finish(options: RewriteOptions, result: RewriteResult): RewriteResult {
  writeFileSync(join(options.to, 'config.json'), `${JSON.stringify({ dl: options.dl, api: null })}\n`);
  return result;
}

function rewriteFile(
  text: string,
  options: RewriteOptions,
  result: { lines: number; versions: number },
): string {
  const last = new Map<string, { original: string; replacement: string }>();
  const rewritten = text
    .split('\n')
    .reverse()
    .map((line) => {
      const entry = line === '' ? '' : parseEntry(line);
      if (typeof entry === 'string') return line;
      result.lines += 1;
      const seen = last.get(entry.version);
      if (seen !== undefined) {
        const replacement =
          entry.cksum === seen.original ? seen.replacement : sha256Hex(`superseded ${line}`);
        return line.replace(entry.cksum, replacement);
      }
      result.versions += 1;
      const body = generatedBody(entry.name, entry.version, options.profile);
      const replacement = sha256Hex(body);
      last.set(entry.version, { original: entry.cksum, replacement });
      options.onBody?.(entry.name, entry.version, body);
      return line.replace(entry.cksum, replacement);
    });
  return rewritten.reverse().join('\n');
}
