import { workerData } from 'node:worker_threads';
import type { MemberLedger } from '@crates-mirror/bundle';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { mirrorHome } from '@crates-mirror/layout';
import { answerPieces } from '@crates-mirror/piece-pool/worker';
import { CountedSelection } from '@crates-mirror/selection/reason-counts';
import { selectorOf } from '@crates-mirror/selection/selector';
import type { Work } from '../plan/work.ts';
import type { FromSurveyor, SurveyStart } from './protocol.ts';
import { Surveyor } from './surveyor.ts';

const start = workerData as SurveyStart;
const index = start.index && (await openIndexAt(start.index));
const selection = new CountedSelection(await selectorOf(start.selection));
const surveyor = new Surveyor(start, index, await members(start), selection);

answerPieces<Work, FromSurveyor>((work) => surveyor.survey(work));

/** Loaded only where it is needed. */
async function members({ options: { bundle }, held }: SurveyStart): Promise<MemberLedger | undefined> {
  if (bundle === undefined) return undefined;
  const { MemberLedger } = await import('@crates-mirror/bundle');
  return new MemberLedger(mirrorHome(bundle.directory).membersDirectory, held);
}
