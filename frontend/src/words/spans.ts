/** Prose with `code` in it, as scenarios write it. */

export interface Span {
  text: string;
  code: boolean;
}

/** Return the parts of a text: those between two backticks are code. A backtick without its other one stays what it is. */
export function spansOf(prose: string): Span[] {
  return prose
    .split(/(`[^`]+`)/)
    .filter((text) => text !== "")
    .map((text) => {
      const code = /^`[^`]+`$/.test(text);
      return { text: code ? text.slice(1, -1) : text, code };
    });
}
