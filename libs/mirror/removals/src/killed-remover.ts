/**
 * A process started by kills.test.ts. It removes the files listed on standard input and writes a
 * dot at each step.
 */
import { appendFileSync, readFileSync, writeSync } from 'node:fs';
import { mirrorHome } from '@crates-mirror/layout';
import { VerifiedLedger } from '@crates-mirror/manifest';
import { RemovalJournal, Remover, removalRecords } from './index.ts';

const [root = '', manifest = ''] = process.argv.slice(2);
const { removalsFile, ledgerDirectory } = mirrorHome(root);
const remover = new Remover({
  root,
  journal: new RemovalJournal(removalsFile),
  ledger: new VerifiedLedger(ledgerDirectory),
  record: (removals) =>
    appendFileSync(
      manifest,
      removalRecords(removals, ({ name }) => `https://u/${name}`),
    ),
  onStep: () => writeSync(1, '.'),
});
remover.complete();
remover.remove(JSON.parse(readFileSync(0, 'utf8')), () => false);
