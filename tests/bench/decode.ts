/** How fast payloads are decoded: by table, by a plain function, in the sandbox, and in QuickJS. */
import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { getQuickJS, type QuickJSContext, type QuickJSHandle } from 'quickjs-emscripten';
import { createLogger, Registry } from '#core';
import { DecoderSandbox, decode, profileById } from '#device-profiles';
import { decodeUplink } from './am307-codec.js';
import { type Contender, type Measurement, measure, tableOf } from './measure.ts';

const rounds = 7;
const batchFrames = 1000;
const frameHex = '017530036771FF04682905000106CB02077D460F087DD6000973B424';
const expected = {
  battery: 48,
  temperature: -14.3,
  humidity: 20.5,
  pir: 'trigger',
  light_level: 2,
  co2: 3910,
  tvoc: 2.14,
  pressure: 939.6,
};
const bytes = Uint8Array.from(Buffer.from(frameHex, 'hex'));
const fPort = 85;
const source = readFileSync(new URL('./am307-codec.js', import.meta.url), 'utf8').replace('export ', '');
const quickJs = await getQuickJS();

function times(count: number, once: () => void): void {
  for (let done = 0; done < count; done++) once();
}

/** The table of the model and a function by hand, both in this process. */
function inProcess(): Contender[] {
  const profile = profileById('milesight/am307');
  if (profile === undefined) throw new Error('the model is gone');
  deepStrictEqual(decode(profile, { bytes, fPort }).data, expected);
  deepStrictEqual(decodeUplink({ bytes, fPort }).data, expected);
  const count = 50_000;
  return [
    {
      name: 'plain function, in process',
      count,
      round: () => times(count, () => decodeUplink({ bytes, fPort })),
    },
    { name: 'table, in process', count, round: () => times(count, () => decode(profile, { bytes, fPort })) },
  ];
}

async function inSandbox(sandbox: DecoderSandbox): Promise<Contender[]> {
  await sandbox.start();
  await sandbox.setCodecs([
    { id: 'kept', source },
    { id: 'fresh', source, stateful: true },
  ]);
  const decodeOnce = (codecId: string) => sandbox.decode({ codecId, fPort, bytes, receivedAtMs: 0 });
  for (const id of ['kept', 'fresh']) deepStrictEqual((await decodeOnce(id)).data, expected);
  const pid = () => sandbox.pid;
  const batches = (codecId: string, count: number, size: number) => async () => {
    for (let sent = 0; sent < count; sent += size) {
      await Promise.all(Array.from({ length: size }, () => decodeOnce(codecId)));
    }
  };
  return [
    {
      name: `sandbox, ${batchFrames} at a time`,
      count: 20_000,
      round: batches('kept', 20_000, batchFrames),
      pid,
    },
    { name: 'sandbox, one after the other', count: 500, round: batches('kept', 500, 1), pid },
    { name: 'sandbox, a realm for each call', count: 200, round: batches('fresh', 200, 100), pid },
  ];
}

/** The answer of `run`, a function from JSON to JSON. */
function called(context: QuickJSContext, run: QuickJSHandle, input: string): string {
  const given = context.newString(input);
  const answer = context.unwrapResult(context.callFunction(run, context.undefined, given));
  const text = context.getString(answer);
  answer.dispose();
  given.dispose();
  return text;
}

/** A context with the codec, for one call or for many. */
function contextWith(script: string): { readonly context: QuickJSContext; readonly run: QuickJSHandle } {
  const context = quickJs.newContext();
  const run = context.unwrapResult(
    context.evalCode(`${script}; (text) => JSON.stringify(decodeUplink(JSON.parse(text)).data)`),
  );
  return { context, run };
}

function inQuickJs(): Contender[] {
  const input = JSON.stringify({ bytes: [...bytes], fPort, variables: {} });
  const kept = contextWith(source);
  const once = () => {
    const { context, run } = contextWith(source);
    const text = called(context, run, input);
    run.dispose();
    context.dispose();
    return text;
  };
  deepStrictEqual(JSON.parse(once()), expected);
  return [
    {
      name: 'QuickJS, one context for all calls',
      count: 2000,
      round: () => times(2000, () => called(kept.context, kept.run, input)),
    },
    {
      name: 'QuickJS, a context for each call, as ChirpStack does',
      count: 100,
      round: () => times(100, once),
    },
  ];
}

function ratioText(measurements: readonly Measurement[], name: string, other: string): string {
  const perSOf = (wanted: string) =>
    measurements.find((one) => one.name.startsWith(wanted))?.perS ?? Number.NaN;
  return `${name} / ${other}: ${(perSOf(name) / perSOf(other)).toFixed(1)}`;
}

/** Prints decodes per second and CPU time of each way, and the ratios that were promised. */
export async function benchDecode(): Promise<void> {
  const sandbox = new DecoderSandbox({ registry: new Registry(), log: createLogger('warn') });
  try {
    const contenders = [...inProcess(), ...(await inSandbox(sandbox)), ...inQuickJs()];
    const measured = await measure(contenders, rounds);
    const ratios = [
      ratioText(measured, 'sandbox, 1000', 'QuickJS, a context'),
      ratioText(measured, 'sandbox, 1000', 'QuickJS, one'),
      ratioText(measured, 'table', 'plain function'),
    ];
    process.stdout.write(`${tableOf(measured)}\n\n${ratios.join('\n')}\n`);
  } finally {
    await sandbox.stop();
  }
}
