/** The fields used here of an entry in package-lock.json's `packages`. */
export interface LockEntry {
  version?: string;
  integrity?: string;
  license?: string;
  /** A workspace package. */
  link?: boolean;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

export type LockPackages = Record<string, LockEntry>;

/** @param path a key of `packages`: `node_modules/a/node_modules/@scope/b` */
export function packageName(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** Whether `npm ci` would take any content for a package. */
export function isUnchecked(path: string, { integrity, link }: LockEntry): boolean {
  return path.includes('node_modules/') && link !== true && integrity === undefined;
}

/**
 * Optional packages (binaries for other platforms) that are missing in the lock file. npm omits
 * packages that the current registry does not have, and then rejects its own lock file in `npm ci`.
 */
export function missingOptionalPackages(packages: LockPackages): Map<string, LockEntry> {
  const present = new Set(Object.keys(packages).map(packageName));
  const missing = new Map<string, LockEntry>();
  for (const { optionalDependencies = {}, dev } of Object.values(packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (!present.has(name)) missing.set(`node_modules/${name}`, entryFor(name, range, dev === true));
    }
  }
  return missing;
}

/** The names of such packages contain their platform. */
function entryFor(name: string, range: string, dev: boolean): LockEntry {
  const os = /(android|darwin|freebsd|linux|win32)/.exec(name)?.[1];
  const cpu = /-(arm64|arm|ia32|ppc64|riscv64|s390x|x64)\b/.exec(name)?.[1];
  const libc = name.includes('musl') ? 'musl' : name.endsWith('-gnu') ? 'glibc' : undefined;
  return {
    version: range.replace(/^[\^~]/, ''),
    ...(dev ? { dev } : {}),
    ...(cpu === undefined ? {} : { cpu: [cpu] }),
    ...(libc === undefined ? {} : { libc: [libc] }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}
