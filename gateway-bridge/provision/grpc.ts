/**
 * ChirpStack's gRPC API through its makers' own generated clients. Loaded only by whoever provisions: the library takes
 * time and memory the platform has better use for.
 */
import { type Address, Calls } from './calls.ts';
import { applicationsOf, profilesOf, tenantsOf } from './grpc-frame.ts';
import { devicesOf, gatewaysOf, keysOf } from './grpc-things.ts';
import type { ChirpStack } from './objects.ts';

/** Opens nothing yet: the first call connects. */
export function connectChirpStack(address: Address): ChirpStack {
  const calls = new Calls(address);
  return {
    tenants: tenantsOf(calls),
    applications: applicationsOf(calls),
    profiles: profilesOf(calls),
    gateways: gatewaysOf(calls),
    devices: devicesOf(calls),
    keys: keysOf(calls),
    close: () => calls.close(),
  };
}
