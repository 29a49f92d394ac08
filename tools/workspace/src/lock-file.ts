/** An entry of package-lock.json's `packages`, as far as it matters here. */
export interface LockEntry {
  version?: string;
  integrity?: string;
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

/**
 * Optional packages (binaries for other platforms) that the lock file should name and does not. npm leaves out what the
 * registry in use cannot give, and then refuses its own lock file in `npm ci`.
 */
export function missingOptionalPackages(packages: LockPackages): Map<string, LockEntry> {
  const present = new Set(
    Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 13)),
  );
  const missing = new Map<string, LockEntry>();
  for (const { optionalDependencies = {}, dev } of Object.values(packages)) {
    for (const [name, range] of Object.entries(optionalDependencies)) {
      if (!present.has(name)) missing.set(`node_modules/${name}`, entryFor(name, range, dev === true));
    }
  }
  return missing;
}

/** Such packages say in their name what they are for. */
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
