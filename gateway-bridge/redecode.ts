import type { DeviceDirectory, LoggedDevice, LoggedUplink, ProfileFacts, Redecoder, Uplink } from '#core';
import { isCayenne, profileById } from '#device-profiles';
import { type Models, modelOf, type Strangers } from './profile.ts';
import { type Meaning, meaningOf } from './uplink.ts';

/** Decodes what the radio log kept as `createTranslate` would now. */
export function createRedecoder(directory: DeviceDirectory, strangers?: Strangers): Redecoder {
  const models: Models = { directory, strangers };
  return {
    knows: (id) =>
      profileById(id) !== undefined ||
      isCayenne({ profileTag: id }) ||
      strangers?.profiles.catalogue.byId(id) !== undefined,
    factsOf: (device) => factsOf(device, models),
    decode: (logged) => {
      const { fPort, data, object } = logged;
      const event = { fPort, data, object, deviceInfo: deviceInfoOf(logged) };
      const meaning = meaningOf(event, logged, models);
      return meaning instanceof Promise
        ? meaning.then((known) => assembled(logged, known))
        : assembled(logged, meaning);
    },
  };
}

function factsOf(device: LoggedDevice, models: Models): ProfileFacts | undefined {
  return modelOf(device.devEui, device.time, deviceInfoOf(device), models)?.facts;
}

/** The log keeps ChirpStack's names where no model was found by them; where one was, its id is as good as a tag. */
function deviceInfoOf({ devEui, profileId, named }: LoggedDevice) {
  if (profileId !== undefined) return { devEui, deviceProfileName: '', tags: { profile: profileId } };
  return { devEui, deviceProfileName: named?.deviceProfileName ?? '', tags: named?.tags ?? {} };
}

function assembled(logged: LoggedUplink, { historyRejected, ...meaning }: Meaning): Uplink {
  const { object: _theirs, profileId: _then, named: _named, flags, ...radio } = logged;
  return { ...radio, flags: historyRejected ? [...flags, 'history_rejected'] : flags, ...meaning };
}
