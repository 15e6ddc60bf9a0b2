/** What one media range of an `Accept` header says: how exactly it names a type, and how much that type is liked. */
interface Wish {
  readonly type: string;
  readonly quality: number;
}

function wishesOf(accept: string): Wish[] {
  return accept
    .toLowerCase()
    .split(',')
    .map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
      const weight = parameters.find((parameter) => parameter.startsWith('q='));
      return { type, quality: weight === undefined ? 1 : Number(weight.slice(2)) };
    });
}

/** How much a type is liked, by the most exact range that covers it. */
function qualityOf(wishes: readonly Wish[], type: string): number {
  const [group] = type.split('/');
  for (const range of [type, `${group}/*`, '*/*']) {
    const wish = wishes.find((one) => one.type === range);
    if (wish !== undefined) return wish.quality;
  }
  return 0;
}

/**
 * Whether an `Accept` header (RFC 9110 §12.5.1) would rather have HTML than JSON: browsers would, programs that take
 * anything would not.
 */
export function prefersHtml(accept: string | undefined): boolean {
  const wishes = wishesOf(accept ?? '*/*');
  return qualityOf(wishes, 'text/html') > qualityOf(wishes, 'application/json');
}
