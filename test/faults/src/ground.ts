import { join } from 'node:path';
import { type Cleanup, startUpstream, type Upstream } from '@crates-mirror/e2e/tools';
import {
  type Certificate,
  type FaultPlan,
  makeCertificate,
  type RunningRegistry,
  serveGenerated,
  sizeProfile,
  startRegistry,
} from '@crates-mirror/sample-registry';

/** With three versions each. */
const CRATES = 60;
const PROFILE = sizeProfile(30_000);

/** An index with its crate files, shared by all rounds, and the upstreams that serve them. */
export class Ground {
  readonly #directory: string;
  readonly #certificate: Certificate;
  /** Crate files by path in the `cargo` layout */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly index: string;

  private constructor(directory: string, certificate: Certificate, { files, index }: Upstream) {
    this.#directory = directory;
    this.#certificate = certificate;
    this.files = files;
    this.index = index;
  }

  static async make(t: Cleanup, directory: string): Promise<Ground> {
    const certificate = await makeCertificate();
    const upstream = await startUpstream(t, directory, { crates: CRATES, profile: PROFILE, certificate });
    await upstream.close();
    return new Ground(directory, certificate, upstream);
  }

  /** Serves all crate files until the end of the round. */
  async serve(t: Cleanup, faults: FaultPlan = () => undefined, port = 0): Promise<RunningRegistry> {
    const registry = await startRegistry({
      find: serveGenerated(PROFILE),
      protocol: 'h2',
      certificate: this.#certificate,
      faults,
      port,
    });
    t.after(() => registry.close());
    return registry;
  }

  /** The downloader's arguments for all crate files of an upstream. */
  argsFor({ origin }: Pick<RunningRegistry, 'origin'>): string[] {
    const source = ['--index-dir', this.index, '--include-yanked'];
    return [...source, '--crates-base-url', `${origin}/crates`, '--ca-file', join(this.#directory, 'ca.pem')];
  }
}
