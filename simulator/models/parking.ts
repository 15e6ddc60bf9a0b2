import type { TownPlace } from '../places.ts';
import type { Sky } from '../world/weather.ts';
import type { BayMessage } from './bay-sensor.ts';
import type { Said } from './sensor.ts';

/** Bosch TPS110: fPort 1 on a change, fPort 2 with its temperature as a heartbeat. */
export const tps110Said =
  (sky: Sky) =>
  ({ kind, timeMs, occupied }: BayMessage): Said =>
    kind === 'change'
      ? { data: { occupied }, fPort: 1 }
      : { data: { occupied, temperature: Math.round(sky.at(timeMs).airTemperatureC) }, fPort: 2 };

/** The NPS405 tells durations in seven bits, coarser the longer they are: nwave/nps405-codec.yaml, TheThingsNetwork/lorawan-devices. */
function nps405Duration(minutes: number) {
  const said = (duration: number, error: number | null, overflow: boolean) => ({
    previous_state_duration: duration,
    previous_state_duration_error: error,
    previous_state_duration_overflow: overflow,
  });
  if (minutes < 90) return said(minutes, 0, false);
  if (minutes < 240) return said(90 + 5 * Math.floor((minutes - 90) / 5), 4, false);
  if (minutes < 660) return said(240 + 60 * Math.floor((minutes - 240) / 60), 59, false);
  return said(660, null, true);
}

/** Nwave NPS405: fPort 1 on a change, fPort 2 as a heartbeat. */
export const nps405Said =
  (sky: Sky) =>
  ({ kind, timeMs, occupied, previousMinutes }: BayMessage): Said =>
    kind === 'change'
      ? { data: { occupied, ...nps405Duration(previousMinutes) }, fPort: 1 }
      : {
          data: {
            occupied,
            battery_voltage: 3.5,
            temperature: Math.round(sky.at(timeMs).airTemperatureC * 2) / 2,
            battery_health: 'normal',
          },
          fPort: 2,
        };

/** Tekzitel TekziPark: fPort 1 for both, with a bit that tells them apart. */
export const tekziparkSaid =
  (sky: Sky, place: TownPlace) =>
  ({ kind, timeMs, occupied }: BayMessage): Said => ({
    data: {
      occupied: occupied ? 1 : 0,
      Good_Battery: 1,
      Radar: 1,
      No_Beacon: 1,
      reset: 0,
      keepAlive: kind === 'heartbeat' ? 1 : 0,
      Obstruction: 0,
      Temperature: Math.round(sky.at(timeMs).airTemperatureC),
      Parking_ID: Number.parseInt(place.devEui.slice(-2), 16),
    },
    fPort: 1,
  });
