import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { createLogger } from '#core';
import { SegmentLog } from '#ingest';
import { spoolContract } from './spool.contract.ts';

let folder = '';

spoolContract({
  name: 'the segment log',
  async open(bytesMax = 64 * 1_048_576) {
    const log = new SegmentLog({ folder, bytesMax, log: createLogger('silent') });
    await log.start();
    return log;
  },
  async clear() {
    await rm(folder, { recursive: true, force: true });
    folder = await mkdtemp(path.join(os.tmpdir(), 'stadtpegel-spool-'));
  },
});
