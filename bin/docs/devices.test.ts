import { describe, expect, it } from 'vitest';
import { profiles } from '#device-profiles';
import { devicesPage } from './devices.ts';

const page = devicesPage();
const sectionOf = (title: string): string => page.split(`\n## ${title}\n`)[1]?.split('\n## ')[0] ?? '';

describe('the page of devices', () => {
  it('has a row and a section for every model', () => {
    for (const { id, names } of profiles) {
      expect(page).toContain(`| [${names[0]}](#`);
      expect(sectionOf(names[0] ?? '')).toContain(`- \`${id}\`, `);
    }
  });

  it('says what a model measures, how often, and where its counters begin again', () => {
    expect(sectionOf('Milesight VS121')).toContain(
      '| `people_out_total` | People out, counter | Personen hinaus, Zählerstand | `{count}` |  | every 10 min | 65,536 |',
    );
    expect(sectionOf('Nwave NPS405')).toContain(
      '| `bay_occupied` | Parking bay occupied | Stellplatz belegt | boolean | on change, and every 24 h |',
    );
    expect(sectionOf('Yobiiq EM4301')).toContain('| one without a name, `l1` … `l3` | every 15 min |');
    expect(sectionOf('ELSYS ERS')).toContain('| one without a name, `probe_2` … `probe_5` |');
  });

  it('says fPorts, commands, and what is personal', () => {
    expect(sectionOf('Yobiiq EM4301')).toContain('- fPorts: 1 … 10, 50\n');
    expect(sectionOf('Milesight VS121')).toContain('- fPorts: any; 85 as delivered\n');
    expect(sectionOf('Milesight VS121')).toContain('- Commands on fPort 85: `reboot`\n');
    expect(sectionOf('Tekzitel TekziPark')).toContain('- Personal, never decoded: `Beacons`; ');
  });

  it('tells what was tried with published examples from what was not', () => {
    expect(sectionOf('Bosch TPS110')).toMatch(/- Vectors \(tier A\): 2 published, \d+ of ours\n/);
    expect(sectionOf('Dragino LSE01')).toMatch(/- Vectors \(tier B\): \d+ of ours, \d+ of commands\n/);
  });
});
