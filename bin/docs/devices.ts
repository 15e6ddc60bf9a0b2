import { quantities } from '#core';
import { type DeviceProfile, type ModelSheet, profiles, sheetOf } from '#device-profiles';
import { code, notice, table } from './markdown.ts';

type Measured = ModelSheet['measures'][number];

const secondsOf = { h: 3600, min: 60, s: 1 } as const;

/** 86400 is `24 h`, 600 is `10 min`. */
function spanText(spanS: number): string {
  const [unit, sizeS] = Object.entries(secondsOf).find(([, size]) => spanS % size === 0) ?? ['s', 1];
  return `${spanS / sizeS} ${unit}`;
}

function rhythmText({ reporting, expectedIntervalS }: Measured['rhythm']): string {
  const span = spanText(expectedIntervalS);
  return reporting === 'periodic' ? `every ${span}` : `on change, and every ${span}`;
}

/** Numbers in a row by the first and the last: 1, 2, 3, 50 is `1 … 3, 50`. */
function runsText(numbers: readonly number[], textOf: (n: number) => string): string {
  const runs: number[][] = [];
  for (const n of numbers) {
    const run = runs.at(-1);
    if (run?.at(-1) === n - 1) run.push(n);
    else runs.push([n]);
  }
  return runs
    .map(([first = 0, ...more]) => {
      const last = more.at(-1) ?? first;
      return more.length < 2 ? [first, ...more].map(textOf).join(', ') : `${textOf(first)} … ${textOf(last)}`;
    })
    .join(', ');
}

function channelsText(channels: Measured['channels']): string {
  const named = channels.filter((name) => name !== undefined);
  const byStem = Map.groupBy(named, (name) => name.replace(/\d+$/, ''));
  const texts = [...byStem].flatMap(([stem, names]) => {
    const numbers = names.map((name) => Number(name.slice(stem.length)));
    const isRow = names.every((name, i) => name === `${stem}${numbers[i]}`);
    return isRow ? [runsText(numbers, (n) => code(`${stem}${n}`))] : names.map(code);
  });
  // One without a name needs a word only beside others.
  if (named.length > 0 && named.length < channels.length) texts.unshift('one without a name');
  return texts.join(', ');
}

function measuredRow({ quantity: key, channels, rhythm, wrapsAt }: Measured): string[] {
  const { label, type, unit } = quantities[key];
  return [
    code(key),
    label.en,
    label.de,
    type === 'number' ? code(unit) : type,
    channelsText(channels),
    rhythmText(rhythm),
    wrapsAt === undefined ? '' : wrapsAt.toLocaleString('en'),
  ];
}

function portsText({ fPorts, isAnyPort }: ModelSheet): string {
  const known = runsText(fPorts, String);
  return isAnyPort ? `any; ${known} as delivered` : known;
}

function vectorsText({ published, own, downlinks }: ModelSheet['vectors']): string {
  const counts = [
    [published, 'published'],
    [own, 'of ours'],
    [downlinks, 'of commands'],
  ] as const;
  const told = counts.flatMap(([count, what]) => (count === 0 ? [] : [`${count} ${what}`]));
  return told.join(', ');
}

const tierOf = ({ vectors }: ModelSheet): string => (vectors.published > 0 ? 'A' : 'B');

const titleOf = ({ id, names: [title = id] }: DeviceProfile): string => title;

/** The table without the columns that say nothing in any row. */
function leanTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const used = head.map((_, column) => rows.some((row) => row[column] !== ''));
  const lean = (cells: readonly string[]): string[] => cells.filter((_, column) => used[column]);
  return table(lean(head), rows.map(lean));
}

const measuredHead = ['Quantity', 'English', 'German', 'Unit', 'Channels', 'Rhythm', 'Begins again at'];

function commandsText({ commands }: ModelSheet): string | undefined {
  if (commands === undefined) return undefined;
  return `Commands on fPort ${commands.fPort}: ${commands.names.map(code).join(', ')}`;
}

function personalText({ personal }: ModelSheet): string | undefined {
  if (personal.length === 0) return undefined;
  return `Personal, never decoded: ${personal.map(code).join(', ')}; a payload that holds it is not archived`;
}

function section(profile: DeviceProfile): string {
  const { id, names, lorawan, source, theme } = profile;
  const sheet = sheetOf(profile);
  const facts = [
    `${code(id)}, ${theme}, LoRaWAN ${lorawan.macVersion} class ${lorawan.deviceClass}`,
    names.length > 1 ? `Also: ${names.slice(1).join(', ')}` : undefined,
    `fPorts: ${portsText(sheet)}`,
    commandsText(sheet),
    personalText(sheet),
    `Vectors (tier ${tierOf(sheet)}): ${vectorsText(sheet.vectors)}`,
    `Source: ${source}`,
  ];
  const list = facts.filter((fact) => fact !== undefined).map((fact) => `- ${fact}\n`);
  const measured = leanTable(measuredHead, sheet.measures.map(measuredRow));
  return `## ${titleOf(profile)}\n\n${list.join('')}\n${measured}`;
}

function overviewRow(profile: DeviceProfile): string[] {
  const sheet = sheetOf(profile);
  const title = titleOf(profile);
  // The fragment GitHub gives the heading.
  const fragment = title.toLowerCase().replaceAll(' ', '-');
  const { published, own, downlinks } = sheet.vectors;
  return [
    `[${title}](#${fragment})`,
    profile.theme,
    sheet.measures.map(({ quantity }) => quantities[quantity].label.en).join(' · '),
    rhythmText(profile.rhythm),
    String(published + own + downlinks),
    tierOf(sheet),
  ];
}

/** `docs/devices.md`: every model, what it measures, and how we know. */
export function devicesPage(): string {
  const head = ['Model', 'Theme', 'Measures', 'Rhythm', 'Vectors', 'Tier'];
  return `# Devices

${notice('`device-profiles/devices/` and `device-profiles/vectors/`')}

${profiles.length} models; [device-profiles](../device-profiles/) says how one more is added, and how a vendor's own codec is dropped in.

- *Rhythm* is as delivered.
- *Tier A*: decodes published examples as published, and ours besides. *Tier B*: no example was published, ours were made from the format.
- *Channels* tell several of one quantity apart. *Begins again at* is where a counter starts again at zero, in its unit.
- *Source*: \`owner/name\` is a repository on GitHub. Facts and formats were taken, no code.

${table(head, profiles.map(overviewRow))}
${profiles.map(section).join('\n')}`;
}
