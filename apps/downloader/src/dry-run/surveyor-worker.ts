import { workerData } from 'node:worker_threads';
import type { MemberLedger } from '@crates-mirror/bundle';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { mirrorHome } from '@crates-mirror/layout';
import { answerPieces } from '@crates-mirror/piece-pool/worker';
import { CountedSelection } from '@crates-mirror/selection/reason-counts';
import { type SizeOf, selectorOf } from '@crates-mirror/selection/selector';
import type { Work } from '../plan/work.ts';
import type { FromSurveyor, SurveyStart } from './protocol.ts';
import { Surveyor } from './surveyor.ts';

const start = workerData as SurveyStart;
void answer();

async function answer(): Promise<void> {
  const index = start.index && (await openIndexAt(start.index));
  const ledger = await members(start);
  const selection = new CountedSelection(await selectorOf(start.selection), await sizes(start, ledger));
  const surveyor = new Surveyor(start, index, ledger, selection);
  answerPieces<Work, FromSurveyor>((work) => surveyor.survey(work));
}

/** Loaded only if sizes are needed. */
async function sizes(
  { options, selection: { rules }, sizes: recorded }: SurveyStart,
  ledger: MemberLedger | undefined,
): Promise<SizeOf | undefined> {
  if (rules.maxSize === undefined) return undefined;
  const { out, layout } = options;
  const [{ entrySizes }, { readLearntSizes }] = await Promise.all([
    import('../lane/sizes/entry-sizes.ts'),
    import('../sizes/learnt-sizes.ts'),
  ]);
  const learnt = [
    readLearntSizes(mirrorHome(out).sizesFile),
    ...(typeof recorded === 'string' ? [] : [recorded]),
  ];
  return entrySizes({ out, layout, members: ledger, learnt });
}

/** Loaded on demand. */
async function members({ options: { bundle }, held }: SurveyStart): Promise<MemberLedger | undefined> {
  if (bundle === undefined) return undefined;
  const { MemberLedger } = await import('@crates-mirror/bundle');
  return new MemberLedger(mirrorHome(bundle.directory).membersDirectory, held);
}
