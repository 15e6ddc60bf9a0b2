import { Counter, Gauge, type Registry } from '#core';

/** What the sandbox tells of itself. */
export interface SandboxMetrics {
  readonly decodes: Counter<'outcome'>;
  readonly faults: Counter<'codec' | 'kind'>;
  readonly ends: Counter;
}

/** Registers the sandbox's metrics; `cutOffCount` is asked when they are read. */
export function sandboxMetrics(registry: Registry, cutOffCount: () => number): SandboxMetrics {
  const registers = [registry];
  new Gauge({
    name: 'stadtpegel_sandbox_codecs_cut_off',
    help: 'Third-party codecs that are cut off for a while',
    registers,
    collect() {
      this.set(cutOffCount());
    },
  });
  return {
    decodes: new Counter({
      name: 'stadtpegel_sandbox_decodes_total',
      help: 'Frames given to third-party codecs, by outcome: ok, error (the codec’s own), fault (a limit), refused',
      labelNames: ['outcome'],
      registers,
    }),
    faults: new Counter({
      name: 'stadtpegel_sandbox_faults_total',
      help: 'Calls of a third-party codec that ran over a limit, by codec and kind: time, slow, memory, broken, death',
      labelNames: ['codec', 'kind'],
      registers,
    }),
    ends: new Counter({
      name: 'stadtpegel_sandbox_decoder_ends_total',
      help: 'Unwanted ends of the decoder child processes',
      registers,
    }),
  };
}
