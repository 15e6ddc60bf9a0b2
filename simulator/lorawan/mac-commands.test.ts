import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DownCommand,
  readDownCommands,
  readUpCommands,
  type UpCommand,
  writeDownCommand,
  writeUpCommand,
} from './mac-commands.ts';

const uint = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const adrReq = {
  txPower: uint(4),
  dataRate: uint(4),
  chMask: uint(16),
  nbTrans: uint(4),
  chMaskCntl: uint(3),
};
const down: fc.Arbitrary<DownCommand> = fc.oneof(
  fc.record({ name: fc.constant('LinkCheckAns' as const), margin: uint(8), gatewayCount: uint(8) }),
  fc.record({ name: fc.constant('LinkADRReq' as const), ...adrReq }),
  fc.record({ name: fc.constant('DutyCycleReq' as const), maxDutyCycle: uint(4) }),
  fc.record({
    ...{ name: fc.constant('RXParamSetupReq' as const), rx2DataRate: uint(4) },
    ...{ rx1DrOffset: uint(3), frequency: uint(24) },
  }),
  fc.record({ name: fc.constant('DevStatusReq' as const) }),
  fc.record({
    ...{ name: fc.constant('NewChannelReq' as const), chIndex: uint(8), frequency: uint(24) },
    ...{ minDr: uint(4), maxDr: uint(4) },
  }),
  fc.record({ name: fc.constant('RXTimingSetupReq' as const), delay: uint(4) }),
  fc.record({
    ...{ name: fc.constant('TxParamSetupReq' as const), maxEirp: uint(4) },
    ...{ uplinkDwell: uint(1), downlinkDwell: uint(1) },
  }),
  fc.record({ name: fc.constant('DlChannelReq' as const), chIndex: uint(8), frequency: uint(24) }),
  fc.record({ name: fc.constant('DeviceTimeAns' as const), gpsSeconds: uint(32), fraction: uint(8) }),
);
const up: fc.Arbitrary<UpCommand> = fc.oneof(
  fc.record({
    name: fc.constantFrom('LinkCheckReq' as const, 'DutyCycleAns' as const, 'RXTimingSetupAns' as const),
  }),
  fc.record({
    ...{ name: fc.constant('LinkADRAns' as const), channelMaskAck: uint(1) },
    ...{ dataRateAck: uint(1), powerAck: uint(1) },
  }),
  fc.record({
    ...{ name: fc.constant('RXParamSetupAns' as const), channelAck: uint(1) },
    ...{ rx2DataRateAck: uint(1), rx1DrOffsetAck: uint(1) },
  }),
  fc.record({ name: fc.constant('DevStatusAns' as const), battery: uint(8), margin: uint(6) }),
  fc.record({
    name: fc.constant('NewChannelAns' as const),
    frequencyAck: uint(1),
    dataRateRangeAck: uint(1),
  }),
  fc.record({
    name: fc.constant('DlChannelAns' as const),
    frequencyAck: uint(1),
    uplinkFrequencyExists: uint(1),
  }),
);

describe('MAC commands', () => {
  it('come back as they were written, any number of them', () => {
    fc.assert(
      fc.property(fc.array(down, { maxLength: 10 }), (commands) => {
        expect(readDownCommands(Buffer.concat(commands.map(writeDownCommand)))).toEqual(commands);
      }),
    );
    fc.assert(
      fc.property(fc.array(up, { maxLength: 10 }), (commands) => {
        expect(readUpCommands(Buffer.concat(commands.map(writeUpCommand)))).toEqual(commands);
      }),
    );
  });

  it('are read up to one that is unknown or cut off', () => {
    fc.assert(
      fc.property(fc.array(down, { maxLength: 4 }), fc.uint8Array({ maxLength: 8 }), (commands, rest) => {
        const written = commands.map(writeDownCommand);
        const unknown = Buffer.concat([...written, Buffer.from([0x80]), rest]);
        expect(readDownCommands(unknown)).toEqual(commands);
        expect(readDownCommands(Buffer.concat([...written, Buffer.from([0x03, 1, 2])]))).toEqual(commands);
      }),
    );
  });

  it('any bytes can be read', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(readDownCommands(bytes).length).toBeLessThanOrEqual(bytes.length);
      }),
    );
  });

  it('take no value that does not fit', () => {
    expect(() => writeUpCommand({ name: 'DevStatusAns', battery: 256, margin: 0 })).toThrow(RangeError);
  });

  it.each([
    ['0352ff000106', ['LinkADRReq 5 2 255 1', 'DevStatusReq']],
    ['0210020352ff0001', ['LinkCheckAns 16 2', 'LinkADRReq 5 2 255 1']],
    [
      '0703184f84500704e85684500705b85e8450',
      ['NewChannelReq 3 8671000 0 5', 'NewChannelReq 4 8673000 0 5', 'NewChannelReq 5 8675000 0 5'],
    ],
  ])('of ChirpStack 4.20, captured: %s', (hex, expected) => {
    const said = readDownCommands(Buffer.from(hex, 'hex')).map((command) => {
      switch (command.name) {
        case 'LinkADRReq':
          return `LinkADRReq ${command.dataRate} ${command.txPower} ${command.chMask} ${command.nbTrans}`;
        case 'LinkCheckAns':
          return `LinkCheckAns ${command.margin} ${command.gatewayCount}`;
        case 'NewChannelReq':
          return `NewChannelReq ${command.chIndex} ${command.frequency} ${command.minDr} ${command.maxDr}`;
        default:
          return command.name;
      }
    });
    expect(said).toEqual(expected);
  });
});
