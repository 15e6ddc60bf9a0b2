import { channelsMax, isDataRate, rx1OffsetMax, txPowerMax } from './eu868.ts';
import { type DownCommand, signed6, type UpCommand } from './mac-commands.ts';
import {
  carries,
  hzOf,
  isChannelIndex,
  isDefaultChannel,
  isFrequency,
  isRange,
  type RadioSettings,
} from './radio-settings.ts';

/** What the answers need to know beside the settings. */
export interface MacFacts {
  /** 0 external power, 1 … 254 empty … full, 255 cannot be measured (LoRaWAN 1.0.4 §5.5). */
  readonly battery: number;
  /** Of the downlink with the command. */
  readonly snrDb: number;
  /** DutyCycleReq: in all 1 / 2^exponent of the time. */
  limitDutyCycle(exponent: number): void;
}

type Request<N extends DownCommand['name']> = Extract<DownCommand, { readonly name: N }>;

/** “As it is” in LinkADRReq, where a server does not want to change something (LoRaWAN 1.0.4 §5.3). */
const unchanged = 15;
/** ChMaskCntl 6: every channel there is (RP002-1.0.4 table 14). */
const allChannels = 6;
/** These are said again until something comes down, since the server must know (LoRaWAN 1.0.4 §5.4, §5.7, §5.8). */
const repeated: readonly UpCommand['name'][] = ['RXParamSetupAns', 'RXTimingSetupAns', 'DlChannelAns'];

export function isRepeated({ name }: UpCommand): boolean {
  return repeated.includes(name);
}

const bit = (condition: boolean): number => (condition ? 1 : 0);

/** Which channels a mask leaves on; undefined where it means channels that do not exist, or none. */
function maskedChannels(
  settings: RadioSettings,
  requests: readonly Request<'LinkADRReq'>[],
): Set<number> | undefined {
  let chosen = new Set<number>();
  for (const { chMask, chMaskCntl } of requests) {
    if (chMaskCntl !== 0 && chMaskCntl !== allChannels) return undefined;
    const named = Array.from({ length: channelsMax }, (_, index) => index).filter(
      (index) => (chMask >> index) & 1,
    );
    chosen = new Set(chMaskCntl === allChannels ? settings.channels.keys() : named);
  }
  if (chosen.size === 0) return undefined;
  return [...chosen].every((index) => settings.channels.has(index)) ? chosen : undefined;
}

/**
 * Requests that stand together are one: masks apply in order, all else is the last one's; done entirely or not at all, and
 * each is answered alike (LoRaWAN 1.0.4 §5.3).
 */
function answerLinkAdr(settings: RadioSettings, requests: readonly Request<'LinkADRReq'>[]): UpCommand[] {
  const last = requests.at(-1);
  if (last === undefined) return [];
  const dataRate = last.dataRate === unchanged ? settings.dataRate : last.dataRate;
  const txPower = last.txPower === unchanged ? settings.txPower : last.txPower;
  const chosen = maskedChannels(settings, requests);
  const on = [...settings.channels].filter(([index]) => chosen?.has(index));
  const rateFits =
    isDataRate(dataRate) && (chosen === undefined || on.some(([, channel]) => carries(channel, dataRate)));
  const powerFits = txPower <= txPowerMax;
  if (chosen !== undefined && rateFits && powerFits) {
    for (const [index, channel] of settings.channels)
      settings.channels.set(index, { ...channel, enabled: chosen.has(index) });
    settings.dataRate = dataRate;
    settings.txPower = txPower;
    settings.nbTrans = Math.max(1, last.nbTrans);
  }
  const answer: UpCommand = {
    name: 'LinkADRAns',
    channelMaskAck: bit(chosen !== undefined),
    dataRateAck: bit(rateFits),
    powerAck: bit(powerFits),
  };
  return requests.map(() => answer);
}

function answerRxParam(settings: RadioSettings, request: Request<'RXParamSetupReq'>): UpCommand {
  const [channel, rate, offset] = [
    isFrequency(request.frequency),
    isDataRate(request.rx2DataRate),
    request.rx1DrOffset <= rx1OffsetMax,
  ];
  if (channel && rate && offset) {
    settings.rx2FrequencyHz = hzOf(request.frequency);
    settings.rx2DataRate = request.rx2DataRate;
    settings.rx1Offset = request.rx1DrOffset;
  }
  return {
    ...{ name: 'RXParamSetupAns', channelAck: bit(channel) },
    ...{ rx2DataRateAck: bit(rate), rx1DrOffsetAck: bit(offset) },
  };
}

function answerNewChannel(settings: RadioSettings, request: Request<'NewChannelReq'>): UpCommand {
  const { chIndex, frequency, minDr, maxDr } = request;
  const mayChange = isChannelIndex(chIndex) && !isDefaultChannel(chIndex);
  const removes = frequency === 0;
  const frequencyFits = mayChange && (removes || isFrequency(frequency));
  const rangeFits = mayChange && (removes || isRange(minDr, maxDr));
  if (frequencyFits && rangeFits) {
    const frequencyHz = hzOf(frequency);
    const limits = { dataRateMin: minDr, dataRateMax: maxDr };
    if (removes) settings.channels.delete(chIndex);
    else settings.channels.set(chIndex, { frequencyHz, downlinkHz: frequencyHz, ...limits, enabled: true });
  }
  return { name: 'NewChannelAns', frequencyAck: bit(frequencyFits), dataRateRangeAck: bit(rangeFits) };
}

function answerDlChannel(
  settings: RadioSettings,
  { chIndex, frequency }: Request<'DlChannelReq'>,
): UpCommand {
  const channel = settings.channels.get(chIndex);
  const fits = isFrequency(frequency);
  if (channel !== undefined && fits)
    settings.channels.set(chIndex, { ...channel, downlinkHz: hzOf(frequency) });
  return { name: 'DlChannelAns', frequencyAck: bit(fits), uplinkFrequencyExists: bit(channel !== undefined) };
}

function answerOne(settings: RadioSettings, command: DownCommand, facts: MacFacts): UpCommand[] {
  switch (command.name) {
    case 'DutyCycleReq':
      facts.limitDutyCycle(command.maxDutyCycle);
      return [{ name: 'DutyCycleAns' }];
    case 'RXParamSetupReq':
      return [answerRxParam(settings, command)];
    case 'DevStatusReq': {
      const margin = Math.max(-32, Math.min(31, Math.round(facts.snrDb)));
      return [{ name: 'DevStatusAns', battery: facts.battery, margin: signed6(margin) }];
    }
    case 'NewChannelReq':
      return [answerNewChannel(settings, command)];
    case 'RXTimingSetupReq':
      settings.receiveDelaySeconds = Math.max(1, command.delay);
      return [{ name: 'RXTimingSetupAns' }];
    case 'DlChannelReq':
      return [answerDlChannel(settings, command)];
    default:
      // Answers to questions of ours; and TxParamSetupReq, which EU868 does not know and keeps silent about (RP002 §2.4.3).
      return [];
  }
}

/** Does what the network server asks, as far as it can, and gives the answers in the order of the commands. */
export function answerMac(
  settings: RadioSettings,
  commands: readonly DownCommand[],
  facts: MacFacts,
): UpCommand[] {
  const answers: UpCommand[] = [];
  for (let index = 0; index < commands.length; index++) {
    const command = commands[index];
    if (command === undefined) break;
    if (command.name !== 'LinkADRReq') {
      answers.push(...answerOne(settings, command, facts));
      continue;
    }
    const block: Request<'LinkADRReq'>[] = [];
    for (let next = commands[index]; next?.name === 'LinkADRReq'; next = commands[index + block.length])
      block.push(next);
    answers.push(...answerLinkAdr(settings, block));
    index += block.length - 1;
  }
  return answers;
}
