/** A certificate for tests, made on the spot: Node signs but does not put certificates together. */
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

/** A value of ASN.1 in DER (X.690 §8.1): tag, length, content. */
function der(tag: number, ...content: readonly Buffer[]): Buffer {
  const bytes = Buffer.concat(content);
  const length =
    bytes.length < 128
      ? Buffer.from([bytes.length])
      : Buffer.from([0x82, bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([Buffer.from([tag]), length, bytes]);
}

const sequence = (...content: readonly Buffer[]): Buffer => der(0x30, ...content);
const set = (...content: readonly Buffer[]): Buffer => der(0x31, ...content);
const integer = (...bytes: readonly number[]): Buffer => der(0x02, Buffer.from(bytes));
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const text = (value: string): Buffer => der(0x0c, Buffer.from(value));
const time = (value: string): Buffer => der(0x18, Buffer.from(value));

/** ecdsa-with-SHA256 (RFC 5758 §3.2), commonName and subjectAltName (RFC 5280 appendix A). */
const ecdsaWithSha256 = sequence(identifier('2a8648ce3d040302'));
const commonName = identifier('550403');
const subjectAltName = identifier('551d11');

/**
 * A self-signed certificate (RFC 5280 §4.1) for an IPv4 address and its key, both PEM; valid at any time a test runs.
 */
export function selfSigned(address: string): { readonly certificate: string; readonly key: string } {
  if (!isIPv4(address)) throw new Error(`not an IPv4 address: ${address}`);
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const name = sequence(set(sequence(commonName, text('stadtpegel test'))));
  const names = sequence(der(0x87, Buffer.from(address.split('.').map(Number))));
  const toBeSigned = sequence(
    der(0xa0, integer(2)),
    integer(0x01, ...randomBytes(8)),
    ecdsaWithSha256,
    name,
    sequence(time('20000101000000Z'), time('99991231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(subjectAltName, der(0x04, names)))),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', toBeSigned, privateKey));
  const certificate = sequence(toBeSigned, ecdsaWithSha256, signature).toString('base64');
  return {
    certificate: `-----BEGIN CERTIFICATE-----\n${certificate.replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}
