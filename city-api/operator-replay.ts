import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type ReplayCounts, type ReplayPort, type ReplayStatus, StadtpegelError } from '#core';
import { timeIn } from './local-time.ts';
import { jsonAnswer, noQuery } from './parameters.ts';
import { problemResponses, RequestMistake } from './problems.ts';

const path = '/v1/operator/replay';
const tags = ['replay'];

const when = (description: string) =>
  z.string().meta({
    description: `${description} ISO 8601 date or time; without an offset of the city’s time zone.`,
    examples: ['2026-05-01', '2026-05-04T06:00', '2026-05-04T04:00:00Z'],
  });

const beginQuery = z.strictObject({
  from: when('From then on (inclusive).'),
  to: when('Until then (exclusive).'),
  device: z
    .string()
    .regex(/^[0-9a-fA-F]{16}$/, 'A DevEUI has 16 hex digits.')
    .transform((text) => text.toLowerCase())
    .optional()
    .describe('Only this device.'),
  profile: z.string().optional().describe('Only uplinks this device model decoded then, or decodes now.'),
  dryRun: z.stringbool().default(false).describe('Reads and decodes, changes nothing.'),
});
type BeginQuery = z.infer<typeof beginQuery>;

const value = z.union([z.number(), z.boolean(), z.string()]).nullable();

const countsSchema = z.object({
  profile: z.string().describe('Id of the device model; `?` where none is known.'),
  uplinks: z.int().describe('Uplinks decoded anew.'),
  withheld: z.int().describe('Left as they are: their payload was never kept.'),
  failed: z.int().describe('Left as they are: they cannot be decoded now.'),
  failure: z.string().nullable().describe('Why the first of them cannot.'),
  same: z.int().describe('Readings that come out as they were.'),
  changed: z.int().describe('With another value, flag or place.'),
  new: z.int(),
  gone: z.int(),
  rejected: z.int().describe('Points the store refused for good.'),
  examples: z.array(
    z.object({
      device: z.string(),
      time: z.iso.datetime(),
      channel: z.string().nullable(),
      quantity: z.string(),
      before: value,
      after: value,
    }),
  ),
});

const replayAnswer = z
  .object({
    id: z.int(),
    state: z.enum(['running', 'cancelling', 'done', 'cancelled']),
    from: z.iso.datetime(),
    to: z.iso.datetime(),
    device: z.string().nullable(),
    profile: z.string().nullable(),
    dryRun: z.boolean(),
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    uplinksTotal: z.int().describe('As counted at the start.'),
    uplinksDone: z.int(),
    uplinksPerS: z.number().nullable(),
    secondsLeft: z.number().nullable(),
    waitsFor: z.string().nullable(),
    notes: z.array(z.string()),
    profiles: z.array(countsSchema),
  })
  .meta({ id: 'Replay', title: 'The past decoded anew' });

const iso = (timeMs: number): string => new Date(timeMs).toISOString();

function countsOf({ failure, examples, ...counts }: ReplayCounts): z.infer<typeof countsSchema> {
  return {
    ...counts,
    failure: failure ?? null,
    examples: examples.map(({ timeMs, channel, before, after, ...example }) => ({
      ...example,
      time: iso(timeMs),
      channel: channel ?? null,
      before: before ?? null,
      after: after ?? null,
    })),
  };
}

function answerOf({ request, ...status }: ReplayStatus): z.infer<typeof replayAnswer> {
  const { uplinksTotal, uplinksDone, uplinksPerS = 0, finishedAtMs } = status;
  const left = Math.max(0, uplinksTotal - uplinksDone);
  return {
    id: status.id,
    state: status.state,
    from: iso(request.fromMs),
    to: iso(request.toMs),
    device: request.device ?? null,
    profile: request.profile ?? null,
    dryRun: request.dryRun,
    startedAt: iso(status.startedAtMs),
    finishedAt: finishedAtMs === undefined ? null : iso(finishedAtMs),
    uplinksTotal,
    uplinksDone,
    uplinksPerS: uplinksPerS > 0 ? uplinksPerS : null,
    secondsLeft: uplinksPerS > 0 ? left / uplinksPerS : null,
    waitsFor: status.waitsFor ?? null,
    notes: [...status.notes],
    profiles: status.profiles.map(countsOf),
  };
}

function found(status: ReplayStatus | undefined): z.infer<typeof replayAnswer> {
  if (!status) throw new StadtpegelError('not_found', 'There was no replay yet.');
  return answerOf(status);
}

function instantOf(parameter: 'from' | 'to', text: string, timeZone: string): number {
  const timeMs = timeIn(text, timeZone);
  if (Number.isFinite(timeMs)) return timeMs;
  throw new RequestMistake(
    parameter,
    `“${text}” is no date or time: write 2026-05-04, 2026-05-04T06:00 (in ${timeZone}) or 2026-05-04T04:00:00Z.`,
  );
}

/** /v1/operator/replay. Times without an offset are those of the zone (IANA name). */
export function registerReplay(app: FastifyInstance, replay: ReplayPort, timeZone: string): void {
  const about = (operationId: string, summary: string) => ({
    tags,
    operationId,
    summary,
    querystring: noQuery,
    response: { 200: jsonAnswer('The replay.', replayAnswer), ...problemResponses('not_found') },
  });
  const begin = {
    ...about('replayBegin', 'Decode the past anew from the radio log, one at a time'),
    querystring: beginQuery,
    response: {
      200: jsonAnswer('It is durably begun, and goes on by itself also after a restart.', replayAnswer),
      ...problemResponses('not_found', 'replay_running', 'replay_refused', 'store_unavailable'),
    },
  };
  app.post<{ Querystring: BeginQuery }>(`${path}/begin`, { schema: begin }, async ({ query }) => {
    const { from, to, ...rest } = query;
    const span = { fromMs: instantOf('from', from, timeZone), toMs: instantOf('to', to, timeZone) };
    return answerOf(await replay.begin({ ...span, ...rest }));
  });
  app.get(path, { schema: about('replay', 'The replay that runs, or the last one') }, async () =>
    found(replay.status()),
  );
  app.post(
    `${path}/cancel`,
    { schema: about('replayCancel', 'End it; what is done stays done, and repeating it is harmless') },
    async () => found(replay.cancel()),
  );
}
