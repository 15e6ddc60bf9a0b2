import type { Draw } from '../draw.ts';
import type { TownPlace } from '../places.ts';
import type { Crowd } from '../world/people.ts';
import type { Total } from '../world/total.ts';
import type { Sky } from '../world/weather.ts';
import type { Said } from './sensor.ts';

/** A counter of 16 bits goes on at 0. */
const inWord = (count: number): number => count % 65_536;
/** A byte. */
const presentMax = 255;

interface Counted {
  readonly present: number;
  readonly cameSince: number;
  readonly leftSince: number;
  readonly came: number;
  readonly left: number;
}

function counted(crowd: Crowd, timeMs: number, sinceMs: number): Counted {
  const [came, left] = [crowd.came(timeMs), crowd.left(timeMs)];
  return {
    present: Math.min(presentMax, came - left),
    cameSince: came - crowd.came(sinceMs),
    leftSince: left - crowd.left(sinceMs),
    came,
    left,
  };
}

/** Whoever is there, spread over so many regions; the first is the one everybody passes. */
const inRegion = (present: number, region: number, regions: number): number =>
  Math.floor((present + regions - region) / regions);

/** Milesight VS121 below a ceiling: who is in its four regions, and who passed its line. */
export const vs121Said =
  (crowd: Crowd) =>
  (timeMs: number, _fCnt: number, sinceMs: number): Said => {
    const { present, cameSince, leftSince, came, left } = counted(crowd, timeMs, sinceMs);
    const regions = [1, 2, 3, 4];
    return {
      data: {
        people_count_all: present,
        region_count: regions.length,
        ...Object.fromEntries(
          regions.map((region) => [
            `region_${region}`,
            inRegion(present, region, regions.length) > 0 ? 1 : 0,
          ]),
        ),
        // At most everybody who came was there at once.
        people_count_max: Math.min(presentMax, present + Math.min(cameSince, leftSince)),
        people_in: cameSince,
        people_out: leftSince,
        people_total_in: inWord(came),
        people_total_out: inWord(left),
      },
    };
  };

/** Milesight VS133 above an entrance: one line, and two regions behind it. */
export const vs133Said =
  (crowd: Crowd, draw: Draw) =>
  (timeMs: number, fCnt: number, sinceMs: number): Said => {
    const { present, cameSince, leftSince, came, left } = counted(crowd, timeMs, sinceMs);
    const dwellS = 20 + Math.floor(60 * draw(fCnt));
    return {
      data: {
        line_1_total_in: came,
        line_1_total_out: left,
        line_1_period_in: cameSince,
        line_1_period_out: leftSince,
        region_1_count: inRegion(present, 1, 2),
        region_2_count: inRegion(present, 2, 2),
        region_3_count: 0,
        region_4_count: 0,
        ...(present === 0
          ? {}
          : { region_1_avg_dwell: dwellS, region_1_max_dwell: dwellS + Math.floor(200 * draw(fCnt, 1)) }),
      },
    };
  };

/** Parametric PCR2 with a solar box at a road: those who pass from left to right drive into the town. */
export const pcr2Said =
  (inward: Total, outward: Total, sky: Sky, place: TownPlace) =>
  (timeMs: number, _fCnt: number, sinceMs: number): Said => {
    const { airTemperatureC, lightLux } = sky.at(timeMs);
    const passed = (total: Total, untilMs: number): number => Math.floor(total.at(untilMs));
    const [ltr, rtl] = [passed(inward, timeMs), passed(outward, timeMs)];
    const ageDays = Math.floor((timeMs - place.sinceMs) / 86_400_000);
    return {
      data: {
        LTR: ltr - passed(inward, sinceMs),
        RTL: rtl - passed(outward, sinceMs),
        LTR_SUM: inWord(ltr),
        RTL_SUM: inWord(rtl),
        SBX_BATT: 7200 - (ageDays % 300),
        SBX_PV: Math.round(Math.min(5500, lightLux / 15)),
        TEMP: Math.floor(airTemperatureC + lightLux / 20_000),
      },
    };
  };
