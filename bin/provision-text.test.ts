import { describe, expect, it } from 'vitest';
import type { Step } from '#gateway-bridge';
import { outcomeText, Progress, planText, stepText } from './provision-text.ts';

const device = { what: 'device', id: 'a84041ffff1c0001', name: 'bay-1' } as const;
const tags = {};
const steps: Step[] = [
  {
    what: 'tenant',
    action: 'create',
    id: 'Stadt',
    name: 'Stadt',
    differences: [],
    object: { name: 'Stadt', tags },
  },
  {
    ...device,
    action: 'update',
    changes: {},
    differences: [
      { field: 'name', from: 'x\x1b[2J', to: 'bay-1' },
      { field: 'tags.site', to: 's' },
    ],
  },
  {
    what: 'keys',
    action: 'update',
    id: device.id,
    name: 'bay-1',
    changes: { appKey: '5ec4e7' },
    differences: [{ field: 'appKey' }],
  },
  { ...device, action: 'delete', differences: [] },
  { ...device, action: 'refuse', differences: [], reason: 'belongs elsewhere' },
];

describe('the plan as text', () => {
  it('shows what differs, no key, and no control characters of others', () => {
    expect(planText({ steps, unchangedCount: 7, strayCount: 1 }, true)).toBe(`+ tenant "Stadt"
~ device a84041ffff1c0001 "bay-1"
    name: "x\\u001b[2J" → "bay-1"
    tags.site: (none) → "s"
~ keys a84041ffff1c0001 "bay-1"
    appKey: is another one
- device a84041ffff1c0001 "bay-1"
! device a84041ffff1c0001 "bay-1": belongs elsewhere
1 to create, 2 to update, 1 to delete, 1 refused, 7 as they should be
`);
  });

  it('says what pruning would delete', () => {
    expect(planText({ steps: [], unchangedCount: 7, strayCount: 2 }, false)).toBe(
      '7 as they should be, 2 no longer in the inventory (--prune deletes them)\n',
    );
  });
});

describe('the outcome as text', () => {
  it('says what failed and what to do', () => {
    const [, step] = steps;
    if (step === undefined) throw new Error('no step');
    expect(stepText(step, 'no reason')).toBe('FAILED update device a84041ffff1c0001 "bay-1": no reason');
    expect(outcomeText({ doneCount: 3, failed: [{ step, reason: 'no reason' }], untriedCount: 2 })).toBe(
      '3 done, 1 failed, 2 not tried. Correct what is named above and run it again: it goes on from here\n',
    );
    expect(outcomeText({ doneCount: 3, failed: [], untriedCount: 0 })).toBe('3 done\n');
  });
});

describe('progress', () => {
  function shownOn(isTTY: boolean, term = 'xterm'): string {
    let text = '';
    const progress = new Progress(2, { isTTY, write: (more) => (text += more) }, term);
    progress.step('FAILED create device', true);
    progress.step('created device', false);
    progress.end();
    return text.replaceAll('\x1b[K', '<');
  }

  it('is a line a step where nobody watches', () => {
    expect(shownOn(false)).toBe('FAILED create device\ncreated device\n');
    expect(shownOn(true, 'dumb')).toBe(shownOn(false));
  });

  it('is a bar on a terminal, below what failed', () => {
    const bars = ['#'.repeat(15) + '.'.repeat(15), '#'.repeat(30)];
    expect(shownOn(true)).toBe(`\rFAILED create device<\n\r[${bars[0]}] 1/2<\r[${bars[1]}] 2/2<\r<`);
  });
});
