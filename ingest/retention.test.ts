import { describe, expect, it } from 'vitest';
import { ingestConfig } from './config.ts';
import { keptMs, readingsRetention } from './retention.ts';

const day = 86_400_000;

describe('how long readings are kept', () => {
  it.each([
    ['90d', 90 * day],
    ['9500h', 9500 * 3_600_000],
    ['2w', 14 * day],
    ['0s', undefined],
  ])('%s is %s ms', (duration, ms) => {
    expect(keptMs(duration)).toBe(ms);
  });

  it('is the same for all, unless a theme has a time of its own', () => {
    const usual = readingsRetention('395d', {});
    expect([usual.longest, usual.keptMs('water'), usual.trimmed]).toEqual(['395d', 395 * day, []]);
    const shorter = readingsRetention('395d', { parking: '90d' });
    expect([shorter.longest, shorter.keptMs('parking'), shorter.trimmed]).toEqual([
      '395d',
      90 * day,
      ['parking'],
    ]);
    const longer = readingsRetention('30d', { environment: '0s' });
    expect([longer.longest, longer.keptMs('environment'), longer.keptMs('water')]).toEqual([
      '0s',
      undefined,
      30 * day,
    ]);
    expect(longer.trimmed).not.toContain('environment');
    expect(longer.trimmed).toContain('water');
  });
});

describe('the setting for single themes', () => {
  const parse = (readingsRetentionByTheme?: string) => ingestConfig.safeParse({ readingsRetentionByTheme });

  it('is a list of themes and durations', () => {
    expect(parse().data?.readingsRetentionByTheme).toEqual({});
    expect(parse('environment=156w, parking=90d').data?.readingsRetentionByTheme).toEqual({
      environment: '156w',
      parking: '90d',
    });
  });

  it.each(['weather=90d', 'parking', 'parking=soon', 'parking=90d=1', 'parking=90d,,'])(
    'is not %s',
    (text) => {
      expect(parse(text).error?.issues[0]?.message).toContain('write theme=duration');
    },
  );
});
