import { describe, expect, it } from 'vitest';
import { prefersHtml } from './accept.ts';

describe('prefersHtml', () => {
  it.each([
    // A browser, curl and fetch, in this order.
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
    ['*/*', false],
    [undefined, false],
    ['text/html', true],
    ['TEXT/HTML; q=1', true],
    ['text/*', true],
    ['application/json', false],
    ['application/json, text/html', false],
    ['application/json;q=0.5, text/html;q=0.6', true],
    ['application/json;q=0.6, text/html;q=0.5', false],
    ['text/html;q=0, */*', false],
    ['text/html;level=1;q=0.4, application/*;q=0.3', true],
    ['text/html;q=much', false],
    ['', false],
    [';,;q=,', false],
  ])('%s: %s', (accept, expected) => {
    expect(prefersHtml(accept)).toBe(expected);
  });
});
