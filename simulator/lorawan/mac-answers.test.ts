import { describe, expect, it } from 'vitest';
import { answerMac } from './mac-answers.ts';
import { readDownCommands, writeUpCommand } from './mac-commands.ts';
import { RadioSettings } from './radio-settings.ts';

const limits: number[] = [];
const facts = {
  battery: 200,
  snrDb: -7.25,
  limitDutyCycle: (exponent: number) => void limits.push(exponent),
};

/** The answers to commands, both in hex. */
function answers(settings: RadioSettings, hex: string): string {
  const commands = readDownCommands(Buffer.from(hex, 'hex'));
  return Buffer.concat(answerMac(settings, commands, facts).map(writeUpCommand)).toString('hex');
}

/** Eight channels, as ChirpStack's channel list gives them. */
function eightChannels(): RadioSettings {
  const settings = new RadioSettings(0);
  settings.takeChannelList(Buffer.from('184f84e85684b85e84886684586e8400', 'hex'));
  return settings;
}

describe('LinkADRReq', () => {
  it('sets rate, power, channels and repetitions', () => {
    const settings = eightChannels();
    expect(answers(settings, '0352ff0003')).toBe('0307');
    expect(settings).toMatchObject({ dataRate: 5, txPower: 2, nbTrans: 3 });
    expect(settings.usable(5)).toHaveLength(8);
  });

  it('leaves as it is what is 15, and takes 0 repetitions for one', () => {
    const settings = eightChannels();
    expect(answers(settings, '03ff070000')).toBe('0307');
    expect(settings).toMatchObject({ dataRate: 0, txPower: 0, nbTrans: 1 });
    expect(settings.usable(0).map(({ frequencyHz }) => frequencyHz)).toEqual([
      868_100_000, 868_300_000, 868_500_000,
    ]);
  });

  it('is refused as a whole where a channel, rate or power does not exist', () => {
    const settings = new RadioSettings(3);
    expect(answers(settings, '0350ff0001')).toBe('0306');
    expect(answers(settings, '0370070001')).toBe('0305');
    expect(answers(settings, '0358070001')).toBe('0303');
    expect(answers(settings, '0350000001')).toBe('0306');
    expect(answers(settings, '0350070011')).toBe('0306');
    expect(settings).toMatchObject({ dataRate: 3, txPower: 0, nbTrans: 1 });
  });

  it('is one with its neighbours, each answered alike', () => {
    const settings = eightChannels();
    expect(answers(settings, '0350000060035103000106')).toBe('0307030706c839');
    expect(settings.usable(5)).toHaveLength(2);
  });
});

describe('other requests', () => {
  it('DevStatusReq: battery, and the margin in six bits', () => {
    expect(answers(new RadioSettings(0), '06')).toBe('06c839');
  });

  it('DutyCycleReq', () => {
    expect(answers(new RadioSettings(0), '0403')).toBe('04');
    expect(limits).toEqual([3]);
  });

  it('RXParamSetupReq: all of it, or nothing', () => {
    const settings = new RadioSettings(0);
    // Offset 2, DR3, 869.525 MHz.
    expect(answers(settings, '0523d2ad84')).toBe('0507');
    expect(settings).toMatchObject({ rx1Offset: 2, rx2DataRate: 3, rx2FrequencyHz: 869_525_000 });
    expect(answers(settings, '0563d2ad84')).toBe('0503');
    expect(answers(settings, '0523000000')).toBe('0506');
    expect(settings.rx1Offset).toBe(2);
  });

  it('NewChannelReq: more channels, but not other default ones', () => {
    const settings = new RadioSettings(5);
    expect(answers(settings, '0703184f8450')).toBe('0703');
    expect(settings.usable(5)).toHaveLength(4);
    expect(answers(settings, '0700184f8450')).toBe('0700');
    expect(answers(settings, '0703184f8405')).toBe('0701');
    expect(answers(settings, '070300000050')).toBe('0703');
    expect(settings.usable(5)).toHaveLength(3);
  });

  it('RXTimingSetupReq: 0 means one second', () => {
    const settings = new RadioSettings(0);
    expect(answers(settings, '0805')).toBe('08');
    expect(settings.receiveDelaySeconds).toBe(5);
    answers(settings, '0800');
    expect(settings.receiveDelaySeconds).toBe(1);
  });

  it('DlChannelReq: the first window of a channel elsewhere', () => {
    const settings = new RadioSettings(5);
    expect(answers(settings, '0a01184f84')).toBe('0a03');
    expect(settings.usable(5)[1]).toMatchObject({ frequencyHz: 868_300_000, downlinkHz: 867_100_000 });
    expect(answers(settings, '0a09184f84')).toBe('0a01');
  });

  it('answers to us, and what EU868 does not know, are not answered', () => {
    expect(answers(new RadioSettings(0), '02100209050d0102030405')).toBe('');
  });
});
