/** The colours of the style sheet, as each theme has them. */

import { readFileSync } from "node:fs";

export const THEMES = ["light", "dark", "projector"] as const;

const css = readFileSync(new URL("../src/look/themes.css", import.meta.url), "utf8");

/** A theme's own rows of the style sheet, by the selector that they stand under. */
function rows(selector: string): string[] {
  return css
    .split("\n}")
    .map((block) => block.replace(/\/\*[\s\S]*?\*\//g, "").trim())
    .filter((block) => block.startsWith(`${selector} {`))
    .flatMap((block) => block.slice(block.indexOf("{") + 1).split("\n"));
}

const declared = (text: string): [string, string][] =>
  [...text.matchAll(/--([\w-]+): ([^;]+);/g)].map((found) => [found[1] as string, found[2] as string]);

/** What a theme's variables and tones come to, as the cascade has it: the light ones, then the theme's own. */
export function themed(theme: string): { surfaces: Map<string, string>; tones: Map<string, Map<string, string>> } {
  const own = theme === "light" ? [] : rows(`.statesim-replay .theme-${theme}`);
  const surfaces = new Map<string, string>();
  const tones = new Map<string, Map<string, string>>();
  for (const row of [...rows(".statesim-replay .frame"), ...rows(".statesim-replay"), ...own]) {
    const names = [...row.split("{")[0]!.matchAll(/\.t-([\w-]+)/g)].map((found) => found[1] as string);
    for (const [key, value] of declared(row)) {
      if (names.length === 0) surfaces.set(key, value);
      for (const name of names) tones.set(name, (tones.get(name) ?? new Map()).set(key, value));
    }
  }
  return { surfaces, tones };
}

/** Return what a value comes to: variables of surfaces are looked up. */
export const solved = (value: string, surfaces: ReadonlyMap<string, string>): string => {
  const name = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
  return name ? (surfaces.get(name) as string) : value;
};
