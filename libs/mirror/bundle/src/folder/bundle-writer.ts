import { paddingOf } from '@crates-mirror/tar';
import type { NewCatalogEntry } from '../format/catalog.ts';
import type { Member, PlacedMember } from '../format/member.ts';
import { tarHeader } from '../format/tar-header.ts';
import type { BundleFile } from '../write/bundle-file.ts';
import type { BuiltFrame } from '../write/frame-builder.ts';
import { FRAME_ROOM, type Frame, FrameEncoder, pieceRoom } from '../write/frame-encoder.ts';
import type { BundleFolder } from './bundle-folder.ts';
import { openSource } from './member-source.ts';

/** A single member with its content in a file or in memory. It may take several frames. */
export interface FileGroup {
  /** A path, or the content. */
  readonly source: string | Buffer;
  readonly member: Member;
}

interface Work {
  readonly members: readonly PlacedMember[];
  /** Size of all frames together; an upper bound for a member from a file. */
  readonly bytes: number;
  readonly frameCount: number;
  readonly frames: () => Iterable<Frame> | AsyncIterable<Frame>;
}

interface Waiting extends Work {
  readonly resolve: (bundle: string) => void;
  readonly reject: (error: unknown) => void;
}

export interface BundleWriterOptions {
  /** Maximum bytes in a bundle, unless a single member is larger. */
  readonly sizeLimit: number;
  /** bytes of tar in one frame of a member that spans several */
  readonly frameSize: number;
  /** The next bundle is begun when this resolves. */
  readonly onFinished: (entry: NewCatalogEntry) => void | Promise<void>;
}

/**
 * Writes groups of members into one bundle after another. Groups that queue up while the disk is
 * busy are written together and flushed once, so a slow disk leads to larger batches rather than
 * more flushes. After a failure nothing more is written: the next run reads the unfinished bundle
 * and resumes it.
 */
export class BundleWriter {
  readonly #folder: BundleFolder;
  readonly #options: BundleWriterOptions;
  readonly #waiting: Waiting[] = [];
  #bundle: BundleFile | undefined;
  #isPumping = false;
  #pumping: Promise<void> | undefined;
  /** Members of the current bundle that are not yet in the ledger. */
  #unremembered: Member[] = [];
  #failure: { readonly error: unknown } | undefined;

  constructor(folder: BundleFolder, options: BundleWriterOptions) {
    this.#folder = folder;
    this.#options = options;
  }

  /** @returns the id of the bundle that holds the group, once it is on disk */
  append(group: BuiltFrame | FileGroup): Promise<string> {
    return new Promise((resolve, reject) => {
      const work = 'source' in group ? fileWork(group, this.#options.frameSize) : frameWork(group);
      this.#waiting.push({ ...work, resolve, reject });
      if (!this.#isPumping) this.#pumping = this.#pump();
    });
  }

  /**
   * Finishes the current bundle, including a recovered one.
   * @throws the first failure, even an earlier one
   */
  async close(): Promise<void> {
    await this.#pumping;
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#bundle === undefined && this.#folder.hasRecovered)
      this.#bundle = await this.#folder.nextBundle();
    if (this.#bundle !== undefined) await this.#finish(this.#bundle);
    await this.#folder.close();
  }

  /** Leaves the current bundle as it is, for the next run to recover. */
  async abandon(): Promise<void> {
    await this.#pumping;
    await this.#bundle?.close();
    this.#bundle = undefined;
  }

  async #pump(): Promise<void> {
    this.#isPumping = true;
    while (this.#waiting.length > 0) await this.#writeBatch(this.#waiting.splice(0));
    this.#isPumping = false;
  }

  async #writeBatch(batch: readonly Waiting[]): Promise<void> {
    const written: [Waiting, string][] = [];
    for (const one of batch) {
      try {
        if (this.#failure !== undefined) throw this.#failure.error;
        written.push([one, await this.#write(one)]);
      } catch (error) {
        this.#failure ??= { error };
        one.reject(error);
      }
    }
    try {
      await this.#sync();
      for (const [{ resolve }, bundle] of written) resolve(bundle);
    } catch (error) {
      this.#failure ??= { error };
      for (const [{ reject }] of written) reject(error);
    }
  }

  /**
   * Flushes the frames before the ledger, which must never list members that are not in a bundle.
   */
  async #sync(): Promise<void> {
    if (this.#bundle === undefined || this.#unremembered.length === 0) return;
    await this.#bundle.sync();
    this.#folder.remember(this.#bundle.id, this.#unremembered.splice(0));
  }

  async #write({ members, bytes, frameCount, frames }: Waiting): Promise<string> {
    const bundle = await this.#bundleFor(members, bytes, frameCount);
    await bundle.append(frames(), members);
    this.#unremembered.push(...members);
    return bundle.id;
  }

  /** The current bundle, or the next one if that is full or already has one of the names. */
  async #bundleFor(members: readonly PlacedMember[], bytes: number, frames: number): Promise<BundleFile> {
    const present = this.#bundle;
    if (present !== undefined && present.entries > 0) {
      const isFull = present.sizeWith(bytes, frames) > this.#options.sizeLimit;
      if (!isFull && !members.some(({ path }) => present.has(path))) return present;
      await this.#finish(present);
    }
    this.#bundle ??= await this.#folder.nextBundle();
    // A recovered bundle may be full or have one of the names.
    return present === undefined && this.#bundle.entries > 0
      ? this.#bundleFor(members, bytes, frames)
      : this.#bundle;
  }

  async #finish(bundle: BundleFile): Promise<void> {
    const entry = await this.#folder.finish(bundle, this.#unremembered);
    // Cleared only after success; until then they wait for the next sync.
    this.#unremembered = [];
    this.#bundle = undefined;
    await this.#options.onFinished(entry);
  }
}

function frameWork({ memory, length, contentSize, checksum, members }: BuiltFrame): Work {
  const frame: Frame = { bytes: Buffer.from(memory, 0, length), contentSize, checksum };
  return { members, bytes: length, frameCount: 1, frames: () => [frame] };
}

function fileWork(group: FileGroup, frameSize: number): Work {
  const { member } = group;
  const header = tarHeader(member.path, member.size);
  const total = header.length + member.size + paddingOf(member.size);
  const frameCount = Math.ceil(total / frameSize);
  return {
    members: [{ ...member, offset: header.length }],
    bytes: pieceRoom(total) + frameCount * largestFrame(0),
    frameCount,
    frames: () => framesOf(group, header, frameSize),
  };
}

/** The tar of a member, one frame at a time. */
async function* framesOf(
  { source, member: { size } }: FileGroup,
  header: Buffer,
  frameSize: number,
): AsyncGenerator<Frame> {
  const memory = Buffer.allocUnsafeSlow(largestFrame(frameSize + paddingOf(size)));
  const content = await openSource(source);
  try {
    let before = header;
    for (let position = 0; position < size; ) {
      const share = Math.min(frameSize - before.length, size - position);
      const piece = await content.read(position, share);
      position += share;
      const encoder = new FrameEncoder(memory);
      encoder.sparse(before);
      encoder.raw(piece);
      if (position === size) encoder.zeros(paddingOf(size));
      // The buffer is reused: the consumer has finished with a frame when it requests the next.
      yield encoder.end();
      before = Buffer.alloc(0);
    }
  } finally {
    await content.close();
  }
}

/** Maximum size of a frame of this much tar: a header, content and padding. */
function largestFrame(contentSize: number): number {
  return FRAME_ROOM + pieceRoom(contentSize) + 2 * pieceRoom(0);
}
