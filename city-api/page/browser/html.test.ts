import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html } from './html.js';

/** What a browser reads where HTML has these references. */
const characters: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
};
const readBack = (text: string): string =>
  text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (one) => characters[one] ?? '');

describe('html', () => {
  it('escapes values, and leaves HTML as it is', () => {
    const name = html`<b>${'Müller & Söhne'}</b>`;
    const made = html`<p title="${'"><script>'}">${name}, ${[1, ' < ', html`<br>`]}${undefined}${''}</p>`;
    expect(made.text).toBe('<p title="&quot;&gt;&lt;script&gt;"><b>Müller &amp; Söhne</b>, 1 &lt; <br></p>');
  });

  it('says every text so that it is read back as it was, and none of it as markup', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('&', '<', '>', '"', "'", 'amp;', '#39;', '$&') }),
    );
    fc.assert(
      fc.property(text, (value) => {
        const made = html`${value}`.text;
        expect(made).not.toMatch(/[<>"']|&(?!amp;|lt;|gt;|quot;|#39;)/);
        expect(readBack(made)).toBe(value);
      }),
    );
  });
});
