import { createHash } from 'node:crypto';
import { type Component, type Health, type Logger, messageOf } from '#core';
import type { StrangerCodec } from '../sandbox/index.ts';
import { StrangerCatalogue, withLastGood } from './catalogue.ts';
import { textOfFinding } from './finding.ts';
import { FolderWatch, type WatchTimes } from './folder-watch.ts';
import type { Gathered } from './gather.ts';
import { type DropIns, gather, understand } from './load.ts';
import { type CodecReport, type Decoding, runVectors } from './report.ts';

const findingsLoggedMax = 5;

const nothing: DropIns = { devices: [], codecs: [], tests: new Map(), findings: [], vendors: [] };

function fingerprintOf({ files, findings }: Gathered): string {
  const hash = createHash('sha256');
  for (const [path, text] of files) hash.update(JSON.stringify([path, text]));
  return hash.update(JSON.stringify(findings)).digest('hex');
}

/** The models that vendors' folders describe, read again whenever something in there changes. */
export class DropInProfiles implements Component {
  readonly name = 'device profiles of others';
  readonly #folder: string;
  readonly #sandbox: Decoding;
  readonly #log: Logger;
  readonly #watch: FolderWatch;
  #dropIns = nothing;
  #catalogue = new StrangerCatalogue(nothing);
  #reports: readonly CodecReport[] = [];
  #fingerprint = '';
  #unreadable: { readonly reason: string; readonly sinceMs: number } | undefined;
  #work: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #isStopped = false;

  /** The sandbox must have been started before this, and be stopped after it. */
  constructor(parts: {
    readonly folder: string;
    readonly sandbox: Decoding;
    readonly log: Logger;
    readonly times?: WatchTimes;
  }) {
    this.#folder = parts.folder;
    this.#sandbox = parts.sandbox;
    this.#log = parts.log;
    this.#watch = new FolderWatch(parts.folder, () => this.#reloadSoon(), parts.times);
  }

  /** The models as they are now; ask again for every uplink. */
  get catalogue(): StrangerCatalogue {
    return this.#catalogue;
  }

  /** What became of each codec's vectors, of the codecs whose vectors have run. */
  get reports(): readonly CodecReport[] {
    return this.#reports;
  }

  /** Resolves when the models are there; their vectors run afterwards. Rejects where the folder cannot be read. */
  async start(): Promise<void> {
    this.#isStopped = false;
    // Before the first look, so that nothing changes unseen.
    this.#watch.start();
    const first = this.#reload();
    this.#work = first.then(
      () => this.#report(),
      () => this.#watch.stop(),
    );
    await first;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#watch.stop();
    await this.#work;
  }

  health(): Health {
    if (this.#unreadable !== undefined) {
      const { reason, sinceMs } = this.#unreadable;
      return { status: 'degraded', detail: `${reason}; the models read before stay`, sinceMs };
    }
    const refused = this.#dropIns.findings.filter(({ kind }) => kind === 'refused').length;
    const failed = this.#reports.filter(({ outcome }) => outcome === 'failed').length;
    const { length } = this.#catalogue.devices;
    if (refused + failed === 0) return { status: 'ok', detail: `${length} models` };
    const detail = `${length} models, ${refused} refused, ${failed} codecs fail their vectors: stadtpegel profiles check ${this.#folder}`;
    return { status: 'degraded', detail };
  }

  /** One reading at a time; whatever changes meanwhile is read by the next. */
  #reloadSoon(): void {
    if (this.#isWaiting || this.#isStopped) return;
    this.#isWaiting = true;
    this.#work = this.#work.then(async () => {
      this.#isWaiting = false;
      if (this.#isStopped) return;
      try {
        if (await this.#reload()) await this.#report();
      } catch (cause) {
        if (this.#unreadable === undefined)
          this.#log.warn({ reason: messageOf(cause) }, 'device profiles not read');
        this.#unreadable ??= { reason: messageOf(cause), sinceMs: Date.now() };
      }
    });
  }

  /** Reads the folder and, where it is not as before, puts the new models in the place of the old ones at once. */
  async #reload(): Promise<boolean> {
    const gathered = await gather(this.#folder);
    const fingerprint = fingerprintOf(gathered);
    if (this.#unreadable !== undefined) this.#watch.renew();
    this.#unreadable = undefined;
    if (fingerprint === this.#fingerprint) return false;
    const fresh = await understand(gathered, this.#folder);
    const dropIns = withLastGood({ ...fresh, codecs: this.#asKnown(fresh.codecs) }, this.#dropIns);
    await this.#sandbox.setCodecs(dropIns.codecs);
    this.#dropIns = dropIns;
    this.#catalogue = new StrangerCatalogue(dropIns);
    this.#fingerprint = fingerprint;
    return true;
  }

  /** A codec that proved stateful stays so as long as its source does. */
  #asKnown(codecs: readonly StrangerCodec[]): StrangerCodec[] {
    const before = new Map(this.#dropIns.codecs.map((codec) => [codec.id, codec]));
    return codecs.map((codec) => {
      const known = before.get(codec.id);
      return known?.source === codec.source ? known : codec;
    });
  }

  async #report(): Promise<void> {
    this.#reports = await runVectors(this.#sandbox, this.#dropIns);
    const stateful = new Set(this.#reports.filter((report) => report.stateful).map(({ codec }) => codec));
    const codecs = this.#dropIns.codecs.map((codec) =>
      stateful.has(codec.id) ? { ...codec, stateful: true } : codec,
    );
    if (stateful.size > 0) await this.#sandbox.setCodecs(codecs);
    this.#dropIns = { ...this.#dropIns, codecs };
    this.#tell();
  }

  #tell(): void {
    const dropIns = this.#dropIns;
    const refused = dropIns.findings.filter(({ kind }) => kind === 'refused');
    const failed = this.#reports.filter(({ outcome }) => outcome === 'failed').map(({ codec }) => codec);
    const counts = {
      devices: dropIns.devices.length,
      codecs: dropIns.codecs.length,
      refused: refused.length,
    };
    const wrong = { failed, findings: refused.slice(0, findingsLoggedMax).map(textOfFinding) };
    if (refused.length + failed.length > 0) this.#log.warn({ ...counts, ...wrong }, 'device profiles read');
    else this.#log.info(counts, 'device profiles read');
  }
}
