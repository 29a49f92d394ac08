#!/usr/bin/env node
import { launch } from '@crates-mirror/launch';

await launch(() => import('./tool.ts'));
