/**
 * The few words of the browser the page's script uses. The whole of TypeScript's DOM library would lend its hundreds of
 * globals (`name`, `status`, `event`) to the server's code too.
 */
interface Attribute {
  readonly name: string;
  readonly value: string;
}

interface Node {
  readonly nodeName: string;
  readonly childNodes: Iterable<Node>;
  textContent: string | null;
  isEqualNode(other: Node): boolean;
  /** Of elements and texts, the only nodes the page has. */
  replaceWith(other: Node): void;
  remove(): void;
}

interface Element extends Node {
  readonly attributes: Iterable<Attribute>;
  readonly dataset: Partial<Record<string, string>>;
  append(child: Node): void;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  setAttribute(name: string, value: string): void;
  removeAttribute(name: string): void;
}
declare const Element: { new (): Element };

interface Template extends Element {
  innerHTML: string;
  readonly content: { readonly firstElementChild: Element | null };
}

interface EventSource {
  readonly readyState: number;
  onopen: () => void;
  onerror: () => void;
  addEventListener(event: string, listener: (event: { readonly data: string }) => void): void;
}
declare const EventSource: { readonly CLOSED: number; new (url: string): EventSource };

declare const document: {
  readonly body: Element;
  createElement(name: 'template'): Template;
  getElementById(id: string): Element | null;
};

declare function requestAnimationFrame(callback: () => void): number;
