/**
 * HTML as tagged templates, in which every value is escaped. Plain JavaScript, as all of this folder: the server renders
 * the page with it, and the browser renders it again with the same lines when something changes.
 */

/** HTML that may stand in a page as it is. Only {@link html} makes it. */
export class Html {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

/** @typedef {Html | string | number | undefined | readonly Content[]} Content what may stand in a template */

/** @type {Readonly<Record<string, string>>} */
const references = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** @type {(value: Content) => string} */
function textOf(value) {
  if (value instanceof Html) return value.text;
  if (value === undefined) return '';
  if (typeof value === 'object') return value.map(textOf).join('');
  return String(value).replace(/[&<>"']/g, (character) => references[character] ?? '');
}

/**
 * The template with its values escaped, for text and for attribute values in quotation marks. Only HTML stays as it is,
 * lists are written one after the other, undefined is nothing. Not for the inside of `<script>` and `<style>`.
 *
 * @type {(parts: TemplateStringsArray, ...values: readonly Content[]) => Html}
 */
export function html(parts, ...values) {
  return new Html(String.raw({ raw: parts }, ...values.map(textOf)));
}
