import { getQuickJS } from 'quickjs-emscripten';
import { describe, expect, it } from 'vitest';
import { profiles } from './catalog.ts';
import { exportCodec } from './export.ts';
import { bytesOf, vectorsOf } from './vectors.ts';

const quickJs = await getQuickJS();

/** Runs a codec function as ChirpStack does: an ES module (strict) of its own, the input in a global, plain arrays. */
function call(script: string, name: string, input: unknown): unknown {
  const context = quickJs.newContext();
  try {
    context.unwrapResult(context.evalCode(`var chirpstack_input = ${JSON.stringify(input)};`)).dispose();
    const code = `${script}\nexport default ${name}(chirpstack_input);`;
    const module = context.unwrapResult(context.evalCode(code, 'codec.js', { type: 'module' }));
    const answer = context.getProp(module, 'default');
    const result = context.dump(answer);
    answer.dispose();
    module.dispose();
    return result;
  } finally {
    context.dispose();
  }
}

describe.each(profiles)('the exported codec of $id', (profile) => {
  const script = exportCodec(profile);

  it('decodes every vector as in process', () => {
    for (const { fPort, bytesHex, direction } of vectorsOf(profile)) {
      if (direction !== 'uplink') continue;
      const bytes = [...bytesOf(bytesHex)];
      const { data, warnings, errors } = profile.codec.decodeFrame(bytes, fPort);
      const expected = errors.length > 0 ? { errors, warnings } : { data, warnings };
      expect(call(script, 'decodeUplink', { bytes, fPort, variables: {} })).toEqual(expected);
    }
  });

  it('encodes every command as in process', () => {
    for (const { input, direction } of vectorsOf(profile)) {
      if (direction !== 'downlink' || input === undefined) continue;
      const { fPort, bytes } = profile.codec.encodeCommand(input);
      expect(call(script, 'encodeDownlink', { data: input, variables: {} })).toEqual({ fPort, bytes });
    }
    expect(call(script, 'encodeDownlink', { data: { open_sesame: 'yes' } })).toEqual({
      errors: profile.codec.encodeCommand({ open_sesame: 'yes' }).errors,
    });
  });

  it('accepts the empty payload of a frame that only carries MAC commands', () => {
    const answer = call(script, 'decodeUplink', { bytes: [], fPort: 0 });
    expect(answer).toEqual({ data: {}, warnings: ['the payload is empty'] });
  });
});
