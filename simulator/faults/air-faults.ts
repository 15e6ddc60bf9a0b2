/** Faults between the antennas, and of the gateways. */
import { chosen, drawOf } from '../draw.ts';
import type { Hearing, UpEventOptions } from '../up-event.ts';
import { type Change, drawsOf, type Emission, type Episode, episodeAt, type Ground } from './fault.ts';

const hourMs = 3_600_000;
/** What a receiver needs to understand data rates 0 (SF12) to 5 (SF7), in dB: SX1276 data sheet, table 13. */
const snrDbMinOf = [-20, -17.5, -15, -12.5, -10, -7.5] as const;
const fadingDb = 3;

/** A gateway that has been away hands over an hour of frames in so much time. */
const replayMsPerHour = 15_000;
/** Of a burst 8 of 180 uplinks got lost, and 2 came out of order (measured on ChirpStack 4.20). */
const burstLostShare = 8 / 180;
const burstLateShare = 2 / 180;
const burstLateMs = 2000;

/** The uplink as if only these gateways had heard it; none where that is none of them. */
function heardBy(one: Emission, gateways: readonly Hearing[]): readonly Emission[] {
  return gateways.length === 0 ? [] : [{ ...one, event: { ...one.event, gateways } }];
}

/** @param db how much weaker everything is heard */
export function distanceLoss(ground: Ground, db: number): Change {
  const draws = drawsOf(ground, 'distance-loss');
  return (one) => {
    const { gateways, dataRate = 5 } = one.event;
    const snrDbMin = snrDbMinOf[dataRate] ?? snrDbMinOf[5];
    const weaker = gateways.map((hearing, index) => {
      const lostDb = db + fadingDb * (2 * draws(one.said.devEui)(one.said.fCnt, index) - 1);
      const snrDb = Math.round(4 * (hearing.snrDb - lostDb)) / 4;
      return { ...hearing, snrDb, rssiDbm: Math.round(hearing.rssiDbm - lostDb) };
    });
    return heardBy(
      one,
      weaker.filter(({ snrDb }) => snrDb >= snrDbMin),
    );
  };
}

/** One gateway a day, and when it is away. */
function gatewayAway(ground: Ground, fault: string, hours: number) {
  const draw = drawOf(ground.seed, `fault ${fault}`);
  return (timeMs: number): { readonly gatewayId: string; readonly episode: Episode } | undefined => {
    const episode = episodeAt(draw, timeMs, hours * hourMs);
    return episode && { gatewayId: chosen(draw(episode.day), ground.gatewayIds), episode };
  };
}

/** @param hours how long a day */
export function gatewayOutage(ground: Ground, hours: number): Change {
  const awayAt = gatewayAway(ground, 'gateway-outage', hours);
  return (one) => {
    const away = awayAt(one.said.timeMs);
    if (away === undefined) return [one];
    return heardBy(
      one,
      one.event.gateways.filter(({ gatewayId }) => gatewayId !== away.gatewayId),
    );
  };
}

/** What the network server makes of a frame it gets so late: a gateway with a satellite clock knows when it was sent, no other. */
function receivedAt(event: UpEventOptions, atMs: number): UpEventOptions {
  const hasClock = event.gateways.some(({ gwTimeMs }) => gwTimeMs !== undefined);
  return {
    ...event,
    timeMs: hasClock ? event.timeMs : atMs,
    gateways: event.gateways.map((hearing) => ({ ...hearing, nsTimeMs: atMs })),
  };
}

/** How long after its frame a message of {@link gatewayBacklog} can come. */
export function backlogMsMax(hours: number): number {
  return hours * (hourMs + replayMsPerHour) + burstLateMs;
}

/** @param hours how long a day */
export function gatewayBacklog(ground: Ground, hours: number): Change {
  const awayAt = gatewayAway(ground, 'gateway-backlog', hours);
  const draws = drawsOf(ground, 'gateway-backlog');
  return (one) => {
    const { timeMs, devEui, fCnt } = one.said;
    const away = awayAt(timeMs);
    const kept = one.event.gateways.filter(({ gatewayId }) => gatewayId === away?.gatewayId);
    if (away === undefined || kept.length === 0) return [one];
    const others = one.event.gateways.filter(({ gatewayId }) => gatewayId !== away.gatewayId);
    // What comes later from the gateway that was away has a counter that has passed: the network server drops it.
    if (others.length > 0) return heardBy(one, others);
    const draw = draws(devEui);
    if (draw(fCnt) < burstLostShare) return [];
    const { fromMs, toMs } = away.episode;
    const atMs = toMs + Math.floor(((timeMs - fromMs) * replayMsPerHour) / hourMs);
    const publishedMs = draw(fCnt, 1) < burstLateShare ? atMs + burstLateMs : atMs;
    return [{ ...one, atMs: publishedMs, event: receivedAt({ ...one.event, gateways: kept }, atMs) }];
  };
}

/** @param percent of the frames of the hour */
export function jammedHour(ground: Ground, percent: number): Change {
  const hour = drawOf(ground.seed, 'fault jammed-hour');
  const draws = drawsOf(ground, 'jammed-hour');
  return (one) => {
    const { timeMs, devEui, fCnt } = one.said;
    const isJammed = episodeAt(hour, timeMs, hourMs) !== undefined;
    return isJammed && draws(devEui)(fCnt) < percent / 100 ? [] : [one];
  };
}
