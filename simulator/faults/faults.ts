import { backlogMsMax, distanceLoss, gatewayBacklog, gatewayOutage, jammedHour } from './air-faults.ts';
import {
  batteryDecline,
  brokenPayloads,
  counterReset,
  deviceReplaced,
  drift,
  silentDevice,
  stuckSensor,
} from './device-faults.ts';
import type { Change, Ground } from './fault.ts';
import {
  clock1980,
  duplicates,
  heldMsMax,
  lateCopies,
  lateMsMax,
  malformed,
  reordering,
  serverLosses,
  truncated,
} from './server-faults.ts';

/** The number behind a fault's name. */
interface Argument {
  readonly unit: 'devices' | 'hours' | 'percent' | 'dB' | 'times a day';
  readonly min: number;
  readonly max: number;
  /** Where none is told. */
  readonly usual: number;
}

/** A fault by its name: what it does, and what a platform has to make of it. */
export interface FaultKind {
  readonly name: string;
  readonly argument: Argument;
  /** What happens to the messages, in one line. */
  readonly does: string;
  /** What the platform answers meanwhile. */
  readonly answers: string;
  /** Where an operator sees it. */
  readonly signal: string;
  readonly change?: (ground: Ground, argument: number) => Change;
  /** How long after its frame a message can come, ms; 0 where it is not given. */
  readonly lateMsMax?: (argument: number) => number;
  /** Whether it is the connection to the broker that breaks, so many times a day. */
  readonly breaksConnection?: true;
}

const devices: Argument = { unit: 'devices', min: 1, max: 100_000, usual: 1 };
const hours: Argument = { unit: 'hours', min: 0.1, max: 23, usual: 2 };
const percent = (usual: number): Argument => ({ unit: 'percent', min: 0.01, max: 100, usual });

const gap = '`stadtpegel_frames_missed_total`, and gaps in `f_cnt` of the radio log';
const lost =
  'Values age; what is told on change only (bays) is `stale` after the gap, until it is said anew.';

/** Every fault, in the order in which messages meet them: the devices, the air, the network server, the way to the broker. */
export const faults: readonly FaultKind[] = [
  {
    name: 'stuck-sensor',
    argument: devices,
    does: 'For twelve hours of each day it repeats the payload they began with; counters go on.',
    answers: 'Shows the value as `live`: from the messages alone it is one.',
    signal:
      '`stadtpegel_devices_stuck`; radio log: the same `payload` again and again while neighbours move.',
    change: stuckSensor,
  },
  {
    name: 'drift',
    argument: devices,
    does: 'What it measures of air and soil moves away from the truth for 30 days (by 3 °C, 300 ppm CO2 …); then it is calibrated.',
    answers:
      'Shows the value as `live`; beyond the plausible range it is flagged `range` and never an answer.',
    signal:
      '`stadtpegel_devices_apart`, and a line in the log that names it, after a day beyond 200 ppm CO2 (outdoors 2.5 °C, 15 % humidity, 15 µg/m³ PM2.5) from four others of its model or more; of soil and few alike, dashboard “Stadt jetzt”: one line leaves the others.',
    change: drift,
  },
  {
    name: 'battery-decline',
    argument: devices,
    does: 'Its battery goes from full to empty within nine days; the tenth it is silent, then it has a new one.',
    answers: 'Values stay `live` until the last; then `stale`, `offline`.',
    signal: 'Dashboard “Betrieb”: the weakest batteries, and how many are below 20 %.',
    change: batteryDecline,
  },
  {
    name: 'silent-device',
    argument: devices,
    does: 'For six hours of each day nobody hears it; its counter goes on.',
    answers:
      'Periodic values are `stale` after 1.5 intervals, `offline` after 3. A bay is believed for as long as it may be quiet (a day).',
    signal:
      '`stadtpegel_devices{heard="silent"}`; `freshness` in the API’s answers; dashboard “Betrieb”, last heard.',
    change: silentDevice,
  },
  {
    name: 'codec-breaking',
    argument: percent(5),
    does: 'The payload is cut off or empty, or comes on a port the model does not have.',
    answers:
      'What was complete counts, nothing else; the raw payload is kept. A bay whose word could not be read is `stale` until the next.',
    signal:
      '`stadtpegel_decode_errors_total{code="decode_failed"}`; `warnings` and `error` in the radio log.',
    change: brokenPayloads,
  },
  {
    name: 'counter-reset',
    argument: devices,
    does: 'Once a day it starts anew: counters begin with 0, with a new address (a join) or with the old one (fixed keys).',
    answers:
      'Nothing is taken for a copy; what was known before the restart is un-confirmed, at most `stale`, until said anew.',
    signal:
      '`stadtpegel_frame_counters_restarted_total` where the address stays; radio log: `f_cnt` falls to 0, `dev_addr` may change.',
    change: counterReset,
  },
  {
    name: 'device-replaced',
    argument: devices,
    does: 'From a moment of each day until it ends (UTC) a device of another DevEUI says what this one would have said.',
    answers:
      'The place goes `stale`, then `offline`: no inventory says that the new device stands there. Its readings are stored without a place.',
    signal:
      '`stadtpegel_devices{heard="unassigned"}`; radio log: a `device` the inventory does not have; its readings have no `asset`.',
    change: deviceReplaced,
  },
  {
    name: 'distance-loss',
    argument: { unit: 'dB', min: 1, max: 60, usual: 6 },
    does: 'Everything is heard so much weaker; what lies below the limit of its data rate is not heard (SX1276).',
    answers: lost,
    signal: `Dashboard “Betrieb”: RSSI and gateways per uplink fall; ${gap}.`,
    change: distanceLoss,
  },
  {
    name: 'jammed-hour',
    argument: percent(90),
    does: 'In one hour of each day so many of all frames are lost.',
    answers: lost,
    signal: `Dashboard “Betrieb”: uplinks per minute collapse; ${gap}.`,
    change: jammedHour,
  },
  {
    name: 'gateway-outage',
    argument: hours,
    does: 'For so long a day one of the gateways hears nothing; what only it would have heard is lost.',
    answers: `Nothing changes where other gateways hear the device. ${lost}`,
    signal: `Radio log and dashboard: the gateway is missing in \`gateway_ids\`, gateways per uplink fall; ${gap}.`,
    change: gatewayOutage,
  },
  {
    name: 'gateway-backlog',
    argument: hours,
    does: 'The same, but the gateway has kept its frames and hands them over in a burst: late, 4 % lost, some out of order.',
    answers:
      'Frames of a gateway with a satellite clock count at their own time, others when they arrive; the last of them decides.',
    signal:
      'Dashboard “Betrieb”: a dip, then a peak of uplinks; radio log: `received_at_ms` hours after `time`.',
    change: gatewayBacklog,
    lateMsMax: backlogMsMax,
  },
  {
    name: 'chirpstack-losses',
    argument: percent(4),
    does: 'The network server loses it without a word: a codec that gives Infinity, an overload, a burst.',
    answers: lost,
    signal: `Nothing but ${gap}.`,
    change: serverLosses,
  },
  {
    name: 'clock-1980',
    argument: percent(5),
    does: 'A gateway’s satellite clock is wrong, and the event bears a time of January 1980.',
    answers: 'The network server’s time of receipt stands in; the value is a live one.',
    signal: '`stadtpegel_uplinks_flagged_total{flag="clock"}`; flag `clock` in radio log and readings.',
    change: clock1980,
  },
  {
    name: 'late-copies',
    argument: percent(10),
    does: 'The frame is processed a second time 0.7 to 8 s later, by another name (devices without a check of counters).',
    answers: 'Counts once.',
    signal:
      '`stadtpegel_uplinks_flagged_total{flag="duplicate"}`; flag `duplicate` in radio log and readings, where the copy has a time of its own.',
    change: lateCopies,
    lateMsMax: () => lateMsMax,
  },
  {
    name: 'reordering',
    argument: percent(20),
    does: 'The message is held up to 15 minutes, so that later ones overtake it.',
    answers: 'As if all had come in order.',
    signal:
      '`stadtpegel_frames_late_total`; radio log: `received_at_ms` minutes after `time`. Nothing is to be done.',
    change: reordering,
    lateMsMax: () => heldMsMax,
  },
  {
    name: 'malformed',
    argument: percent(2),
    does: 'The message is empty, noise, of an unknown event, or on another device’s topic.',
    answers: 'Goes on around it; the gap un-confirms.',
    signal: '`stadtpegel_dead_letters_total` by code; `stadtpegel letters`.',
    change: malformed,
  },
  {
    name: 'truncated',
    argument: percent(2),
    does: 'The message ends after 60 to 200 bytes.',
    answers: 'Goes on around it; the gap un-confirms.',
    signal:
      '`stadtpegel_dead_letters_total{code="json_invalid"}` or `protobuf_invalid`; `stadtpegel letters`.',
    change: truncated,
  },
  {
    name: 'duplicates',
    argument: percent(10),
    does: 'The very same message comes twice, as a broker sends it again.',
    answers: 'Stored once, counts once.',
    signal: '`stadtpegel_uplinks_repeated_total` rises; nothing else shows it, nothing is to be done.',
    change: duplicates,
  },
  {
    name: 'broker-restart',
    argument: { unit: 'times a day', min: 1, max: 1440, usual: 4 },
    does: 'The simulator’s connection breaks; back again it sends once more (DUP) what was not acknowledged.',
    answers: 'Nothing is lost, nothing counts twice.',
    signal: 'A line in the simulator’s log when it is away, and one when it is back.',
    breaksConnection: true,
  },
];
