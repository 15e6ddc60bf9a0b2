import type { JoinEvent, StatusEvent } from './device-event.ts';
import type { LivingDevice } from './devices.ts';
import { batteryPercent } from './models/common.ts';
import { mainsPowered } from './models/models.ts';
import type { SensorFrame } from './models/sensor.ts';
import { type Identity, marginDbOf, type Transmission } from './radio.ts';

const dayMs = 86_400_000;

/** A device that speaks, known to the network server. */
export interface KnownDevice extends LivingDevice {
  readonly identity: Identity;
  readonly frames: (fromMs: number, toMs: number) => SensorFrame[];
  readonly transmission: (timeMs: number, fCnt: number) => Transmission;
}

type Beside =
  | { readonly kind: 'up'; readonly timeMs: number; readonly frame: SensorFrame }
  | (JoinEvent & { readonly timeMs: number })
  | (StatusEvent & { readonly timeMs: number });

/** The name of the join's processing: no frame has this counter. */
const joinFCnt = -2;
/** The battery is told in so many steps: DevStatusAns, LoRaWAN L2 1.0.4 §5.5. */
const batterySteps = 254;

function join({ place, identity }: KnownDevice): Beside {
  return {
    kind: 'join',
    timeMs: place.sinceMs,
    deduplicationId: identity.deduplicationId(joinFCnt),
    devAddr: identity.devAddr,
  };
}

/** The network server asks once a day (UTC); the answer comes with the first frame of it. */
function status(device: KnownDevice, { timeMs, fCnt }: SensorFrame): Beside {
  const { place, identity, transmission } = device;
  const step = Math.max(1, Math.round((batterySteps * batteryPercent(place, timeMs)) / 100));
  return {
    kind: 'status',
    timeMs,
    deduplicationId: identity.deduplicationId(fCnt),
    marginDb: marginDbOf(transmission(timeMs, fCnt)),
    battery: (100 * step) / batterySteps,
  };
}

/** The first frame of each day of a device; the day asked for last is remembered. */
function firstOfDay({ frames }: KnownDevice): (day: number) => number | undefined {
  let latest: { readonly day: number; readonly fCnt: number | undefined } | undefined;
  return (day) => {
    if (latest?.day !== day) latest = { day, fCnt: frames(day * dayMs, (day + 1) * dayMs)[0]?.fCnt };
    return latest.fCnt;
  };
}

/** The frames of a device in a window, with its join where its service begins, and a status behind the first frame of a day. */
export function eventsOf(device: KnownDevice): (fromMs: number, toMs: number) => Beside[] {
  const { place, profile, frames } = device;
  const first = firstOfDay(device);
  const hasStatus = (frame: SensorFrame): boolean =>
    !mainsPowered.has(profile.id) && first(Math.floor(frame.timeMs / dayMs)) === frame.fCnt;
  return (fromMs, toMs) => {
    const joined = place.sinceMs >= fromMs && place.sinceMs < toMs ? [join(device)] : [];
    const told = frames(fromMs, toMs).flatMap((frame): Beside[] => [
      { kind: 'up', timeMs: frame.timeMs, frame },
      ...(hasStatus(frame) ? [status(device, frame)] : []),
    ]);
    return [...joined, ...told];
  };
}
