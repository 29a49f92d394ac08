import type { ImageConfig } from './layout.ts';

/** Location of the portable archive in an image. */
export const HOME = 'opt/crates-mirror';

/** An unprivileged user id, which other rootless images use as well. */
export const USER = 65_532;

/** Directories that a container may write to. */
export const OPEN_DIRECTORIES = ['data', 'tmp'];

const NODE = `/${HOME}/node/bin/node`;

/**
 * Exits with 0 if the server in the container is healthy. The image has no other client: no shell,
 * no curl.
 */
const IS_WELL =
  "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))";

export function imageConfig(version: string): ImageConfig {
  return {
    User: `${USER}:${USER}`,
    Env: ['PATH=/opt/crates-mirror/bin', 'HOME=/tmp'],
    Entrypoint: [NODE, `/${HOME}/lib/crates-mirror/bin/crates-mirror.js`],
    Cmd: ['--help'],
    WorkingDir: '/data',
    Volumes: { '/data': {} },
    ExposedPorts: { '8080/tcp': {} },
    StopSignal: 'SIGTERM',
    // Read by Docker; other systems use a Compose file, or have their own probes.
    Healthcheck: {
      Test: ['CMD', NODE, '-e', IS_WELL],
      Interval: 30e9,
      Timeout: 10e9,
      StartPeriod: 60e9,
      Retries: 3,
    },
    Labels: {
      'org.opencontainers.image.title': 'crates-mirror',
      'org.opencontainers.image.description': 'Keeps a verified, complete, resumable mirror of crates.io',
      'org.opencontainers.image.version': version,
      'org.opencontainers.image.licenses': 'MIT',
    },
  };
}
