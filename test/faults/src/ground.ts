import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cleanup, startUpstream, type Upstream } from '@crates-mirror/e2e/tools';
import {
  type Certificate,
  type FaultPlan,
  type HostileFrames,
  type HostileServer,
  makeCertificate,
  type RunningRegistry,
  serveGenerated,
  sizeProfile,
  startHostileServer,
  startRegistry,
} from '@crates-mirror/sample-registry';

/** With three versions each. */
const CRATES = 60;
const PROFILE = sizeProfile(30_000);

/** An index with its crate files, shared by all rounds, and the upstreams that serve them. */
export class Ground {
  readonly #directory: string;
  readonly #certificate: Certificate;
  /** Of a foreign authority, and one that is trusted but for its age. */
  readonly wrongCertificates: Readonly<Record<'foreign' | 'expired', Certificate>>;
  /** Crate files by path in the `cargo` layout */
  readonly files: ReadonlyMap<string, Buffer>;
  readonly index: string;

  private constructor(
    directory: string,
    certificate: Certificate,
    wrongCertificates: Ground['wrongCertificates'],
    { files, index }: Upstream,
  ) {
    this.#directory = directory;
    this.#certificate = certificate;
    this.wrongCertificates = wrongCertificates;
    this.files = files;
    this.index = index;
  }

  static async make(t: Cleanup, directory: string): Promise<Ground> {
    const certificate = await makeCertificate();
    const upstream = await startUpstream(t, directory, { crates: CRATES, profile: PROFILE, certificate });
    await upstream.close();
    const wrong = { foreign: await makeCertificate(), expired: await makeCertificate(true) };
    appendFileSync(join(directory, 'ca.pem'), `\n${wrong.expired.cert}`);
    return new Ground(directory, certificate, wrong, upstream);
  }

  /**
   * Serves all crate files until the end of the round.
   *
   * @param port any free one by default
   * @param certificate the one that the downloader trusts by default
   */
  async serve(
    t: Cleanup,
    faults: FaultPlan = () => undefined,
    port = 0,
    certificate = this.#certificate,
  ): Promise<RunningRegistry> {
    const registry = await startRegistry({
      find: serveGenerated(PROFILE),
      protocol: 'h2',
      certificate,
      faults,
      port,
      sendsAlerts: true,
    });
    t.after(() => registry.close());
    return registry;
  }

  /** Answers all requests with malformed frames. */
  async serveHostile(t: Cleanup, kind: HostileFrames, port: number): Promise<HostileServer> {
    const server = await startHostileServer(this.#certificate, kind, port);
    t.after(() => server.close());
    return server;
  }

  /** The downloader's arguments for all crate files of an upstream. */
  argsFor({ origin }: Pick<RunningRegistry, 'origin'>): string[] {
    const source = ['--index-dir', this.index, '--include-yanked'];
    return [...source, '--crates-base-url', `${origin}/crates`, '--ca-file', join(this.#directory, 'ca.pem')];
  }
}
