import { isIPv4 } from 'node:net';
import { z } from 'zod';

/** Whether an address or name can only be reached from this machine: 127.0.0.0/8, ::1, localhost. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

// There are no keys yet, so nothing may be reachable from outside: a reverse proxy on this machine opens it on purpose.
const loopbackHost = z.string().refine(isLoopback, {
  error: 'only 127.0.0.0/8, ::1 or localhost: opening this to a network needs keys, which do not exist yet',
});
const port = z.coerce.number().int().min(0).max(65_535);

/** Settings of this room; `STADTPEGEL_<KEY>` in the environment. */
export const cityApiConfig = z.object({
  apiHost: loopbackHost.default('127.0.0.1').describe('Address the public API listens on.'),
  apiPort: port.default(8080).describe('Port of the public API; 0 takes any free one.'),
  operatorHost: loopbackHost
    .default('127.0.0.1')
    .describe('Address the operator listener (metrics, health) listens on.'),
  operatorPort: port.default(9090).describe('Port of the operator listener; 0 takes any free one.'),
  apiRequestsPerMinute: z.coerce
    .number()
    .int()
    .min(1)
    .default(600)
    .describe('Requests one IP address may make of the public API in a minute.'),
  streamsMax: z.coerce
    .number()
    .int()
    .min(0)
    .default(500)
    .describe('Live streams open at the same time; further ones are told to come again later.'),
});

export type CityApiConfig = z.infer<typeof cityApiConfig>;
