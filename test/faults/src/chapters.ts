import { blockDevices } from './block-devices/block-devices.ts';
import { carrierCrashes } from './carrier-crashes.ts';
import { carrierDamage } from './carrier-damage.ts';
import type { Chapter } from './chapter.ts';
import { damage } from './damage.ts';
import { diskFaults } from './disk-faults.ts';
import { downloadCrashes } from './download-crashes.ts';
import { fileSystems } from './file-systems/file-systems.ts';
import { powerCuts } from './power-cut.ts';
import { removalCrashes } from './removal-crashes.ts';
import { indexCrashes, toolCrashes } from './tool-crashes.ts';
import { upstreamFaults } from './upstream-faults.ts';

/** A slice of these is part of all tests. */
export const CHAPTERS: readonly Chapter[] = [
  upstreamFaults,
  downloadCrashes,
  toolCrashes,
  indexCrashes,
  diskFaults,
  powerCuts,
  damage,
  removalCrashes,
  carrierCrashes,
  carrierDamage,
];

/** Need root and drivers, and take long. */
export const MOUNTING_CHAPTERS: readonly Chapter[] = [...fileSystems, ...blockDevices];
