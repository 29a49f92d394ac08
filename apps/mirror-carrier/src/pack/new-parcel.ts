import { UsageError } from '@crates-mirror/errors';
import { writeFileAtomic } from '@crates-mirror/fs-atomic';
import type { Layout } from '@crates-mirror/layout';
import type { Signer } from '@crates-mirror/signing';
import type { IndexSnapshot } from '../index/index-snapshot.ts';
import { openSnapshot } from '../index/open-snapshot.ts';
import type { PackOptions } from '../options.ts';
import { MANIFEST_NAME, SUMS_NAME, signatureName } from '../parcel/names.ts';
import { findBase, recordPublished } from '../state/base.ts';
import { mirrorIdentity } from '../state/identity.ts';
import {
  INDEX_STATE_NAME,
  type PackedParcel,
  REFUSED_NAME,
  recordName,
  rememberLast,
  rememberPacked,
  SIDECAR_STATE_NAME,
} from '../state/packed.ts';
import { findTools, type ToolsSource, thisInstallation } from '../tools/tools-archive.ts';
import { type BuiltParcel, buildParcel } from './build-parcel.ts';
import { bundleSizeOf } from './bundle-size.ts';
import type { PackContext, PackJob } from './context.ts';
import { Staging } from './staging.ts';
import { packJson, packText } from './summary.ts';

/** Part of the plan. Increase it if the same crate files would be bundled differently. */
const PLAN_VERSION = 1;

/** The results of checks before packing. */
interface Known {
  readonly mirrorId: string;
  readonly base: PackedParcel | undefined;
  readonly tools: ToolsSource | undefined;
  readonly signer: Signer | undefined;
}

/** A parcel of the changes since another one, or of everything. */
export class NewParcel implements PackJob {
  readonly #known: Known;
  readonly #staging: Staging;
  /** Whether the staging directory is useless to another run. */
  #isDone = false;

  /** @throws UsageError if the parcel cannot be packed, signed or written */
  static async open(options: PackOptions, layout: Layout): Promise<NewParcel> {
    const { mirror, to, since, volumeSize, withTools, gpgkey, passphraseFile } = options;
    const mirrorId = mirrorIdentity(mirror);
    recordPublished(mirror, since, to);
    const base = findBase(mirror, mirrorId, since);
    const tools = withTools === undefined ? undefined : findTools(withTools, thisInstallation());
    const signer = gpgkey === undefined ? undefined : await openSigner(gpgkey, passphraseFile);
    const plan = {
      version: PLAN_VERSION,
      mirror_id: mirrorId,
      parent: base?.id ?? null,
      layout: layout.id,
      bundle_size: bundleSizeOf(volumeSize),
    };
    const sequence = (base?.manifest.sequence ?? 0) + 1;
    const staging = Staging.open(to, sequence, `${JSON.stringify(plan)}\n`);
    return new NewParcel({ mirrorId, base, tools, signer }, staging);
  }

  private constructor(known: Known, staging: Staging) {
    this.#known = known;
    this.#staging = staging;
  }

  async run(context: PackContext): Promise<string> {
    try {
      const summary = await this.#pack(context);
      this.#isDone = true;
      return summary;
    } catch (error) {
      this.#isDone = error instanceof UsageError;
      throw error;
    }
  }

  /** Keeps the bundles of an interrupted run, so that the next run can resume. */
  close(): void {
    if (this.#isDone || !this.#staging.hasBundles) this.#staging.discard();
  }

  async #pack(context: PackContext): Promise<string> {
    const { options, logger } = context;
    const snapshot = await openSnapshot({
      indexDir: options.indexDir,
      stateFile: this.#staging.at(INDEX_STATE_NAME),
      onNote: (message) => logger.warn(message),
    });
    const { mirrorId, base, tools, signer } = this.#known;
    const parts = { mirrorId, snapshot, base, tools, packedAt: new Date() };
    const built = await buildParcel(parts, context, this.#staging);
    if (built !== undefined) {
      if (signer !== undefined) await this.#sign(signer);
      await snapshot.keep(recordName(built.manifest.sequence, built.id));
      await this.#publish(options.mirror, built, snapshot);
    }
    return this.#summaryOf(context, built);
  }

  /**
   * Signs the manifest for crates-mirror's own tools, and the checksums for users of plain gpg and
   * sha256sum.
   */
  async #sign(signer: Signer): Promise<void> {
    for (const name of [MANIFEST_NAME, SUMS_NAME]) {
      const armored = await signer.signFile(this.#staging.at(name));
      writeFileAtomic(this.#staging.at(signatureName(name)), armored, { durable: true });
    }
  }

  /**
   * First records what the next parcel needs, then publishes the parcel: a record without a parcel
   * does no harm.
   */
  async #publish(mirror: string, built: BuiltParcel, snapshot: IndexSnapshot): Promise<void> {
    const { notHeld, refused, sidecarState } = built;
    const { stateFile } = snapshot;
    await rememberPacked(mirror, built, {
      parcel: this.#staging.directory,
      notHeld,
      indexState: stateFile,
      refused,
      sidecarState,
    });
    for (const name of [INDEX_STATE_NAME, REFUSED_NAME, SIDECAR_STATE_NAME]) this.#staging.remove(name);
    this.#staging.publish();
    await snapshot.release(rememberLast(mirror, built));
  }

  #summaryOf({ options, report }: PackContext, built: BuiltParcel | undefined): string {
    const last = built ?? this.#known.base;
    const summary = {
      parcel: built === undefined ? undefined : this.#staging.target,
      sequence: last?.manifest.sequence ?? 0,
      id: last?.id ?? '',
      volumes: built?.manifest.volumes.length ?? 0,
      isSigned: this.#known.signer !== undefined,
    };
    return (options.logFormat === 'json' ? packJson : packText)(report, summary);
  }
}

/** Loads OpenPGP only if it is needed: it takes longer to load than everything else. */
async function openSigner(key: string, passphraseFile: string | undefined): Promise<Signer> {
  const { Signer } = await import('@crates-mirror/signing');
  return Signer.open(key, passphraseFile);
}
