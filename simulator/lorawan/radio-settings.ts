import {
  channelsMax,
  dataRateMax,
  defaultFrequenciesHz,
  isDataRate,
  receiveDelaySecondsUsual,
  rx2DataRateUsual,
  rx2FrequencyHzUsual,
  subBandOf,
  usualDataRateMax,
} from './eu868.ts';

/** One channel a device may send on. */
export interface Channel {
  readonly frequencyHz: number;
  /** Where the first window listens: the same, unless the network says otherwise. */
  readonly downlinkHz: number;
  readonly dataRateMin: number;
  readonly dataRateMax: number;
  readonly enabled: boolean;
}

const usualChannel = (frequencyHz: number): Channel => ({
  ...{ frequencyHz, downlinkHz: frequencyHz },
  ...{ dataRateMin: 0, dataRateMax: usualDataRateMax, enabled: true },
});

/** Type 0 of a channel list: five frequencies, three bytes each (RP002-1.0.4 §2.4.4). */
const channelListBytes = 16;
const frequencyStepHz = 100;

/** How a device sends and listens at the moment; what it begins with after a join. */
export class RadioSettings {
  readonly channels = new Map<number, Channel>(
    defaultFrequenciesHz.map((frequencyHz, index) => [index, usualChannel(frequencyHz)]),
  );
  dataRate: number;
  txPower = 0;
  nbTrans = 1;
  rx1Offset = 0;
  rx2DataRate: number = rx2DataRateUsual;
  rx2FrequencyHz: number = rx2FrequencyHzUsual;
  receiveDelaySeconds: number = receiveDelaySecondsUsual;

  constructor(dataRate: number) {
    this.dataRate = dataRate;
  }

  /** The channels one may choose from at a data rate, never none: the default ones are always there. */
  usable(dataRate: number): Channel[] {
    const open = [...this.channels.values()].filter(
      (channel) => channel.enabled && carries(channel, dataRate),
    );
    return open.length > 0 ? open : defaultFrequenciesHz.map(usualChannel);
  }

  /** @param list CFList of a join accept; empty, or of an unknown type, it gives no channels */
  takeChannelList(list: Buffer): void {
    if (list.length !== channelListBytes || list[channelListBytes - 1] !== 0) return;
    for (let index = 0; index < 5; index++) {
      const frequencyHz = list.readUIntLE(3 * index, 3) * frequencyStepHz;
      if (subBandOf(frequencyHz))
        this.channels.set(defaultFrequenciesHz.length + index, usualChannel(frequencyHz));
    }
  }

  /** Default channels on, full power: what a device does that fears nobody hears it (LoRaWAN 1.0.4 §4.3.1.1). */
  backToDefaults(): void {
    for (const [index, channel] of this.channels)
      if (index < defaultFrequenciesHz.length) this.channels.set(index, { ...channel, enabled: true });
    this.txPower = 0;
    this.nbTrans = 1;
  }
}

export function carries(channel: Channel, dataRate: number): boolean {
  return dataRate >= channel.dataRateMin && dataRate <= channel.dataRateMax;
}

/** Whether the network may name the frequency; `units` of 100 Hz as it writes them. */
export function isFrequency(units: number): boolean {
  return subBandOf(units * frequencyStepHz) !== undefined;
}

/** Whether one may make a channel of it. */
export function isRange(dataRateMin: number, dataRateTop: number): boolean {
  return isDataRate(dataRateMin) && dataRateTop >= dataRateMin && dataRateTop <= dataRateMax;
}

export function isChannelIndex(index: number): boolean {
  return index < channelsMax;
}

/** Whether it is one of the channels nobody may change. */
export function isDefaultChannel(index: number): boolean {
  return index < defaultFrequenciesHz.length;
}

export function hzOf(units: number): number {
  return units * frequencyStepHz;
}
