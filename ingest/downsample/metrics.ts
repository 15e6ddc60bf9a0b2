import { Counter, Gauge, type Registry } from '#core';
import type { DirtyBuckets } from './dirty.ts';
import type { Downsampler } from './downsampler.ts';

/** Counts the devices' hours that were summed up. */
export function summarisedCounter(registry: Registry): Counter {
  return new Counter({
    name: 'stadtpegel_downsampled_device_hours_total',
    help: 'Hours of devices that were summed up, again where readings came late',
    registers: [registry],
  });
}

/** Gauges of what waits, read when asked for. */
export function observeDownsampling(registry: Registry, dirty: DirtyBuckets, job: Downsampler): void {
  new Gauge({
    name: 'stadtpegel_downsampling_waiting_device_hours',
    help: 'Hours of devices that are not summed up yet, the current one among them',
    registers: [registry],
    collect() {
      this.set(dirty.waiting);
    },
  });
  new Gauge({
    name: 'stadtpegel_downsampling_behind_seconds',
    help: 'How long the oldest hour that waits has been over',
    registers: [registry],
    collect() {
      this.set(job.behindMs / 1000);
    },
  });
}
