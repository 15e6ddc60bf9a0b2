import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { z } from 'zod';
import { messageOf } from '#core';
import { decode, profileById, profiles } from '#device-profiles';

const requestSchema = z.object({
  profile: z.string(),
  fPort: z.int().min(0).max(255),
  bytesHex: z.string().regex(/^(?:[0-9a-f]{2})*$/i, 'not pairs of hexadecimal digits'),
});

/** What one payload says, as `decode` prints it. */
interface Answer {
  readonly data: unknown;
  readonly readings: readonly unknown[];
  readonly errors: readonly string[];
  readonly warnings: readonly string[];
}

const failed = (error: string): Answer => ({ data: {}, readings: [], errors: [error], warnings: [] });

/** Adds `stadtpegel decode`. */
export function addDecode(program: Command): void {
  program
    .command('decode')
    .description('say what a payload means: one by arguments, or one a line on standard input')
    .argument('[profile]', 'device profile, e.g. bosch/tps110')
    .argument('[fPort]', 'LoRaWAN port, 1 to 255')
    .argument('[bytesHex]', 'decrypted payload in hexadecimal')
    .addHelpText(
      'after',
      `
Each answer is one line: {"data":…,"readings":[…],"errors":[…],"warnings":[…]}

Examples:
  stadtpegel decode bosch/tps110 1 01
  echo '{"profile":"milesight/am307","fPort":85,"bytesHex":"0367EE0004687C"}' | stadtpegel decode

Profiles: ${profiles.map(({ id }) => id).join(', ')}`,
    )
    .action(async (profile?: string, fPort?: string, bytesHex?: string) => {
      if (profile === undefined) await decodeLines(process.stdin, process.stdout);
      else
        process.stdout.write(
          `${JSON.stringify(answer({ profile, fPort: Number(fPort), bytesHex: bytesHex ?? '' }))}\n`,
        );
    });
}

/** One answer a line, in the order of the questions; a broken line gets its error and the next goes on. */
async function decodeLines(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<void> {
  let pending = '';
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() === '') continue;
    pending += `${JSON.stringify(answerLine(line))}\n`;
    if (pending.length < 65_536) continue;
    if (!output.write(pending)) await new Promise((resolve) => output.once('drain', resolve));
    pending = '';
  }
  output.write(pending);
}

function answerLine(line: string): Answer {
  try {
    return answer(JSON.parse(line));
  } catch (cause) {
    return failed(`not JSON: ${messageOf(cause)}`);
  }
}

function answer(question: unknown): Answer {
  const request = requestSchema.safeParse(question);
  if (!request.success) {
    return failed(
      request.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '),
    );
  }
  const profile = profileById(request.data.profile);
  if (!profile)
    return failed(`no profile ${request.data.profile}; there are ${profiles.map(({ id }) => id).join(', ')}`);
  const bytes = Buffer.from(request.data.bytesHex, 'hex');
  const { data, readings, errors, warnings } = decode(profile, { bytes, fPort: request.data.fPort });
  return { data, readings, errors, warnings };
}
