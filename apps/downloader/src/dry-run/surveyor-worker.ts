import { workerData } from 'node:worker_threads';
import type { MemberLedger } from '@crates-mirror/bundle';
import { openIndexAt } from '@crates-mirror/crates-index/source';
import { mirrorHome } from '@crates-mirror/layout';
import { answerPieces } from '@crates-mirror/piece-pool/worker';
import type { Work } from '../plan/work.ts';
import type { FromSurveyor, SurveyStart } from './protocol.ts';
import { Surveyor } from './surveyor.ts';

const start = workerData as SurveyStart;
const surveyor = new Surveyor(start, start.index && (await openIndexAt(start.index)), await members(start));

answerPieces<Work, FromSurveyor>((work) => surveyor.survey(work));

/** Loaded only where it is needed. */
async function members({ options: { bundle }, held }: SurveyStart): Promise<MemberLedger | undefined> {
  if (bundle === undefined) return undefined;
  const { MemberLedger } = await import('@crates-mirror/bundle');
  return new MemberLedger(mirrorHome(bundle.directory).membersDirectory, held);
}
