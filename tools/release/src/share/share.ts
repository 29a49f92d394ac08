import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type CommandSpec, SUITE } from '@crates-mirror/cli';
import { sectionOf } from '@crates-mirror/cli/config';
import { COMMANDS } from '@crates-mirror/suite/commands';
import { COMPLETIONS } from '@crates-mirror/suite/completion';
import { manPage, suitePage } from './man-page.ts';

const MAN = 'share/man/man1';

/** Manual pages and completion scripts by path, in the standard locations below a prefix. */
export function sharedFiles(): ReadonlyMap<string, string> {
  return new Map([
    ['share/bash-completion/completions/crates-mirror', COMPLETIONS.bash()],
    ['share/zsh/site-functions/_crates-mirror', COMPLETIONS.zsh()],
    ['share/fish/vendor_completions.d/crates-mirror.fish', COMPLETIONS.fish()],
    [`${MAN}/${SUITE}.1`, suitePage()],
    ...COMMANDS.flatMap((spec) => pagePaths(spec).map((path) => [path, manPage(spec)] as const)),
  ]);
}

/** A page is named after the command and, if it has its own program, after that as well. */
function pagePaths(spec: CommandSpec): string[] {
  const names = [`${SUITE}-${sectionOf(spec)}`, ...(spec.name.includes(' ') ? [] : [spec.name])];
  return names.map((name) => `${MAN}/${name}.1`);
}

/** @returns paths of manual pages, for a package's `man` */
export function writeShared(out: string): string[] {
  const files = sharedFiles();
  for (const [path, text] of files) {
    mkdirSync(dirname(join(out, path)), { recursive: true });
    writeFileSync(join(out, path), text);
  }
  return [...files.keys()].filter((path) => path.startsWith(MAN)).map((path) => `./${path}`);
}
