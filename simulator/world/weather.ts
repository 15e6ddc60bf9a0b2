import { hourMs } from '../calendar.ts';
import { drawOf, smooth } from '../draw.ts';
import { heatFrom } from './heat.ts';
import { runoffFrom } from './river.ts';
import { soilWetnessFrom } from './soil.ts';

const dayMs = 24 * hourMs;
const yearDays = 365.25;

/** The air over the town at a moment (ms UTC). */
export interface Weather {
  readonly airTemperatureC: number;
  readonly humidityPercent: number;
  readonly pressureHpa: number;
  readonly lightLux: number;
  readonly rainMmH: number;
  readonly windMS: number;
  readonly gustMS: number;
  readonly windFromDegrees: number;
  readonly pm2_5UgM3: number;
  /** 0 … 1: how much of a heat wave there is. */
  readonly heat: number;
}

/** Weather as a pure function of seed, place and time. */
export interface Sky {
  at(timeMs: number): Weather;
  /** In mm/h. */
  rainAt(timeMs: number): number;
  /** Water in the upper soil, 0 (dust) … 1 (full), from the rain of the last twenty days less what drained and dried. */
  soilWetness(timeMs: number): number;
  /** What flows through the town's stream, in mm of rain on its valley per hour. */
  runoffMmH(timeMs: number): number;
  /** Mean of the air over days, which the soil follows. */
  soilTemperatureC(timeMs: number): number;
}

/** The exponent of the Magnus formula over water, WMO-No. 8, annex 4.B. */
const magnus = (celsius: number): number => (17.62 * celsius) / (243.12 + celsius);

/** Relative humidity in % from temperature and dew point. */
function humidityOf(temperatureC: number, dewPointC: number): number {
  return 100 * Math.exp(magnus(dewPointC) - magnus(temperatureC));
}

/** Rain that falls through air evaporates until there is hardly room for more. */
function dampened(humidityPercent: number, rainMmH: number): number {
  return 100 - (100 - humidityPercent) * Math.exp(-1.5 * rainMmH);
}

/** Pressure of the water vapour of air, in hPa: 6.112 hPa at 0 °C, as above. */
export function vaporPressureHpa({ airTemperatureC, humidityPercent }: Weather): number {
  return (humidityPercent / 100) * 6.112 * Math.exp(magnus(airTemperatureC));
}

/** Sine of the sun's height: textbook formula with declination −23.44° · cos(360° · (day + 10) / 365.25). */
function sunAt(yearShare: number, solarHour: number, latitude: number): number {
  const declination = ((-23.44 * Math.PI) / 180) * Math.cos(2 * Math.PI * (yearShare + 10 / yearDays));
  const phi = (latitude * Math.PI) / 180;
  const hourAngle = ((solarHour - 12) * Math.PI) / 12;
  return Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hourAngle);
}

const between = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** What the weather is made of: fronts that pass in days, and what changes faster or slower; each −1 … 1 at any ms UTC. */
function coursesOf(seed: number) {
  const course = (name: string, hours: number) => {
    const draw = drawOf(seed, `weather ${name}`);
    return (timeMs: number): number => smooth(draw, timeMs / (hours * hourMs));
  };
  return {
    front: course('front', 84),
    warmth: course('warmth', 7),
    cover: course('clouds', 9),
    dryness: course('dryness', 30),
    shower: course('shower', 4),
    depth: course('pressure', 60),
    breeze: course('wind', 11),
    direction: course('direction', 26),
    dust: course('dust', 40),
    squall: course('squall', 0.4),
    heat: heatFrom(seed),
  };
}
type Courses = ReturnType<typeof coursesOf>;

const yearShareAt = (timeMs: number): number => timeMs / (yearDays * dayMs);

/** Mean of the day; coldest in the middle of January. */
function seasonAt({ front, heat }: Courses, timeMs: number): number {
  const yearC = 9.5 - 9.5 * Math.cos(2 * Math.PI * (yearShareAt(timeMs) - 15 / yearDays));
  // What a heat wave brings stands in for what a front would have brought.
  return yearC + 4.5 * front(timeMs) * (1 - heat(timeMs)) + 8.5 * heat(timeMs);
}

/** A heat wave is dry, but for its end. */
function rainAt({ front, shower, cover, heat }: Courses, timeMs: number): number {
  const wetness = 0.5 * front(timeMs) + 0.5 * shower(timeMs) + 0.2 * cover(timeMs);
  return Math.max(0, 8 * (wetness - 0.5) * (1 - heat(timeMs)));
}

interface Place {
  readonly latitude: number;
  readonly longitude: number;
}

function weatherAt(courses: Courses, { latitude, longitude }: Place, timeMs: number): Weather {
  const { front, warmth, cover, dryness, depth, breeze, direction, dust, squall } = courses;
  const heat = courses.heat(timeMs);
  const solarHour = (((timeMs / hourMs + longitude / 15) % 24) + 24) % 24;
  const sun = Math.max(0, sunAt(yearShareAt(timeMs), solarHour, latitude));
  const noonSun = sunAt(yearShareAt(timeMs), 12, latitude);
  const clouds = between(0.5 + 0.45 * front(timeMs) + 0.35 * cover(timeMs) - 0.6 * heat, 0, 1);
  const seasonC = seasonAt(courses, timeMs);
  const swingC = (2 + 5 * noonSun) * (1 - 0.6 * clouds);
  const airTemperatureC =
    seasonC + swingC * Math.cos(((solarHour - 15) * Math.PI) / 12) + 1.2 * warmth(timeMs);
  const rainMmH = rainAt(courses, timeMs);
  const dewPointC = seasonC - 4 - 3 * dryness(timeMs) + 1.5 * Math.min(1, rainMmH) - 5 * heat;
  const windMS = Math.max(0.2, 2.8 + 2.2 * breeze(timeMs) + 1.2 * front(timeMs));
  return {
    airTemperatureC,
    humidityPercent: between(dampened(humidityOf(airTemperatureC, dewPointC), rainMmH), 18, 100),
    // 300 m above the sea.
    pressureHpa: 980 - 9 * front(timeMs) * (1 - heat) + 8 * depth(timeMs) + 4 * heat,
    lightLux: 110_000 * sun * (1 - 0.75 * clouds),
    rainMmH,
    windMS,
    gustMS: windMS * (1.5 + 0.25 * squall(timeMs)) + 0.6 * rainMmH,
    windFromDegrees: (((240 + 110 * direction(timeMs)) % 360) + 360) % 360,
    pm2_5UgM3: Math.max(1.5, (9 + 6 * dust(timeMs) - 3 * noonSun + 6 * heat) / (1 + rainMmH)),
    heat,
  };
}

/** The weather over a place: a year, a day, and fronts that come and go. */
export function skyOver(seed: number, place: Place): Sky {
  const courses = coursesOf(seed);
  const rain = (timeMs: number): number => rainAt(courses, timeMs);
  const soilWetness = soilWetnessFrom(rain, (timeMs) => seasonAt(courses, timeMs));
  return {
    at: (timeMs) => weatherAt(courses, place, timeMs),
    rainAt: rain,
    soilWetness,
    runoffMmH: runoffFrom(rain, soilWetness),
    // The ground is a day or so behind the air, and knows no nights.
    soilTemperatureC: (timeMs) => seasonAt(courses, timeMs - 30 * hourMs),
  };
}
