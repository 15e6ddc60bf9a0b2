import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';

/** Whether an address or name can only be reached from this machine: 127.0.0.0/8, ::1, localhost. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

// There are no keys yet, so nothing may be reachable from outside: a reverse proxy on this machine opens it on purpose.
const loopbackHost = z.string().refine(isLoopback, {
  error:
    'opening this to a network needs keys, which do not exist yet. Set 127.0.0.1 (or another of 127.0.0.0/8, ::1, ' +
    'localhost) and let a reverse proxy on this machine do it, as deploy/proxy/Caddyfile does',
});

/** An IP address, or a network with its prefix length; not all addresses at once. */
function isAddressOrNetwork(text: string): boolean {
  const [address = '', length, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    length === undefined || (/^[1-9]\d{0,2}$/.test(length) && Number(length) <= (version === 4 ? 32 : 128))
  );
}

const networks = z
  .string()
  .default('')
  .transform((text, context) => {
    const parts = text.split(',').flatMap((part) => part.trim() || []);
    for (const part of parts.filter((one) => !isAddressOrNetwork(one)))
      context.addIssue(
        `"${part}" is neither an IP address nor a network such as 10.0.0.0/8 (prefix length 1 or more)`,
      );
    return parts;
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
  apiTrustedProxies: networks.describe(
    'Reverse proxies in front of the public API, as addresses or networks with commas between; only what these say in X-Forwarded-For is believed when requests are counted. None if not set.',
  ),
  streamsMax: z.coerce
    .number()
    .int()
    .min(0)
    .default(500)
    .describe('Live streams open at the same time; further ones are told to come again later.'),
});

export type CityApiConfig = z.infer<typeof cityApiConfig>;
