import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { VERSION } from '@crates-mirror/cli';
import { UsageError, unreadable } from '@crates-mirror/errors';
import { TOOLS_NAME } from '../parcel/names.ts';

/** `--with-tools` without a path: the archive from which this program was installed. */
export const OWN_TOOLS = 'own';

const HINT = 'Name one: crates-mirror-X-PLATFORM.tar.zst of a release, or of npx nx run release:build';
const SYSTEMS: Readonly<Record<string, string>> = { darwin: 'macos', win32: 'windows' };

/** The source of the tools: an archive, or the folder to which one was unpacked. */
export interface ToolsSource {
  readonly path: string;
  /** Name of the archive in a parcel. */
  readonly name: string;
  readonly isFolder: boolean;
}

/** Location of the running program. */
export interface Installation {
  /** Path of the script that was started. */
  readonly script: string;
  /** Path of the Node.js binary. */
  readonly node: string;
  /** `linux-x64` */
  readonly platform: string;
}

export function thisInstallation(): Installation {
  const { argv, execPath, platform, arch } = process;
  return {
    script: realpathSync(argv[1] ?? execPath),
    node: realpathSync(execPath),
    platform: `${SYSTEMS[platform] ?? platform}-${arch}`,
  };
}

/**
 * Finds the portable archive of the tools to include in a parcel.
 *
 * @param wanted a path, or `own`: for a program from a portable archive, the folder to which it was
 * unpacked; for one from a clone, the archive that `release:build` made for this platform
 * @throws UsageError if there is none
 */
export function findTools(wanted: string, installation: Installation): ToolsSource {
  if (wanted !== OWN_TOOLS) return archiveAt(wanted);
  const folder = portableFolder(installation);
  if (folder !== undefined)
    return {
      path: folder,
      name: `crates-mirror-${VERSION}-${installation.platform}.tar.gz`,
      isFolder: true,
    };
  const built = builtArchive(installation);
  if (built !== undefined) return archiveAt(built);
  throw new UsageError(`--with-tools: ${installation.script} does not come from a portable archive`, {
    hint: HINT,
  });
}

function archiveAt(path: string): ToolsSource {
  const name = basename(path);
  let isFile: boolean;
  try {
    isFile = statSync(path).isFile();
  } catch (error) {
    throw unreadable('--with-tools', path, error, HINT);
  }
  if (!isFile) throw new UsageError(`--with-tools: ${path} is not a file`, { hint: HINT });
  if (!TOOLS_NAME.test(name))
    throw new UsageError(`--with-tools: ${path} is not called like an archive of the tools`, { hint: HINT });
  return { path, name, isFolder: false };
}

/**
 * A portable archive has `node/bin/node` (or `node/node.exe`) and `lib/crates-mirror` in one
 * folder.
 */
function portableFolder({ script, node }: Installation): string | undefined {
  for (const folder of [dirname(dirname(dirname(node))), dirname(dirname(node))])
    if (node.startsWith(join(folder, 'node')) && script.startsWith(join(folder, 'lib', 'crates-mirror')))
      return folder;
  return undefined;
}

/**
 * The newest archive for this platform in `dist` of the clone from which the program was started.
 */
function builtArchive({ script, platform }: Installation): string | undefined {
  for (let directory = dirname(script); directory !== dirname(directory); directory = dirname(directory)) {
    if (lstatSync(join(directory, 'nx.json'), { throwIfNoEntry: false }) === undefined) continue;
    const dist = join(directory, 'dist');
    const archives = statSync(dist, { throwIfNoEntry: false })?.isDirectory() ? readdirSync(dist) : [];
    return archives
      .filter((name) => TOOLS_NAME.test(name) && name.includes(`-${platform}.tar.`))
      .map((name) => join(dist, name))
      .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
  }
  return undefined;
}
