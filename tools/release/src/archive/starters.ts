import type { Platform } from './node-package.ts';
import { type TreeFile, textFile } from './tree.ts';

/** Where an archive has Node.js, below its own folder. */
export function nodePath(platform: Platform): string {
  return platform.startsWith('windows') ? 'node/node.exe' : 'node/bin/node';
}

/** What starts a program of the archive, wherever that is: a script for the platform's own shell. */
export function starterOf(platform: Platform, program: string): readonly [path: string, file: TreeFile] {
  return platform.startsWith('windows')
    ? [`bin/${program}.cmd`, textFile(commandFile(program))]
    : [`bin/${program}`, textFile(shellScript(program), true)];
}

/** Needs no other program, but for readlink where it is started by a symbolic link. */
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
