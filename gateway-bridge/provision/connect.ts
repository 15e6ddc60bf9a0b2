import type { Address } from './calls.ts';
import type { ChirpStack } from './objects.ts';

/**
 * A way to a ChirpStack's API, to be closed after use; the first call connects. The library behind it is loaded only now.
 */
export async function connectChirpStack(address: Address): Promise<ChirpStack> {
  const grpc = await import('./grpc.ts');
  return grpc.connectChirpStack(address);
}
