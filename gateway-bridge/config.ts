import { z } from 'zod';

/** Settings of the bridge. */
export const bridgeConfig = z.object({
  mqttUrl: z
    .url({ protocol: /^(mqtts?|tcp|tls|wss?)$/, error: 'needs the address of an MQTT broker' })
    .describe('Address of the MQTT broker ChirpStack publishes to, e.g. mqtt://127.0.0.1:1883'),
  mqttClientId: z
    .string()
    .regex(/^[\w-]{1,64}$/, 'letters, digits, - and _ only, at most 64')
    .default('stadtpegel-bridge')
    .describe('Names our session at the broker; the same after a restart, and no other client may use it.'),
  mqttTopic: z
    .string()
    .default('application/+/device/+/event/+')
    .describe('What to subscribe to; name one application by its id in place of the first +.'),
  mqttGatewayTopic: z
    .string()
    .default('+/gateway/+/event/stats')
    .describe('Where gateways send their statistics; `off` to leave them out.'),
  mqttUsername: z.string().optional().describe('User name at the broker.'),
  mqttPasswordFile: z.string().optional().describe('File that holds the password, nothing else.'),
  mqttCaFile: z
    .string()
    .optional()
    .describe('PEM file of the authority the broker’s certificate is signed by.'),
  mqttCertFile: z
    .string()
    .optional()
    .describe('PEM file of our own certificate, where the broker asks for one.'),
  mqttKeyFile: z.string().optional().describe('PEM file of the key to our own certificate.'),
  mqttKeepaliveS: z.coerce
    .number()
    .int()
    .min(1)
    .max(3600)
    .default(30)
    .describe('Seconds of silence after which we ask whether the broker is still there.'),
  mqttUnackedMax: z.coerce
    .number()
    .int()
    .min(10)
    .max(65_535)
    .default(10_000)
    .describe('Messages that may be in memory, received and not durable yet; beyond it we stop reading.'),
});
