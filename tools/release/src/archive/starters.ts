import type { Platform } from './node-package.ts';
import { type TreeFile, textFile } from './tree.ts';

/** The path of Node.js in an archive, below the archive's folder. */
export function nodePath(platform: Platform): string {
  return platform.startsWith('windows') ? 'node/node.exe' : 'node/bin/node';
}

/**
 * The starter of a program in an archive at any location: a script for the platform's own shell.
 */
export function starterOf(platform: Platform, program: string): readonly [path: string, file: TreeFile] {
  return platform.startsWith('windows')
    ? [`bin/${program}.cmd`, textFile(commandFile(program))]
    : [`bin/${program}`, textFile(shellScript(program), true)];
}

/** Needs no other program, except readlink if it is started through a symbolic link. */
function shellScript(program: string): string {
  return `#!/bin/sh
self=$0
case $self in */*) ;; *) self=$(command -v -- "$self") ;; esac
while [ -L "$self" ]; do
  target=$(readlink "$self")
  case $target in /*) self=$target ;; *) self=\${self%/*}/$target ;; esac
done
home=\${self%/*}/..
exec "$home/node/bin/node" "$home/lib/crates-mirror/bin/${program}.js" "$@"
`;
}

function commandFile(program: string): string {
  return `@"%~dp0..\\node\\node.exe" "%~dp0..\\lib\\crates-mirror\\bin\\${program}.js" %*\r\n`;
}
