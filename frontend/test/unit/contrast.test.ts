import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TONES } from "../../src/look/looks";
import { contrast, leastContrast } from "../contrast";

const css = readFileSync(new URL("../../src/look/themes.css", import.meta.url), "utf8");

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
function themed(theme: string): { surfaces: Map<string, string>; tones: Map<string, Map<string, string>> } {
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

const solved = (value: string, surfaces: ReadonlyMap<string, string>): string => {
  const name = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
  return name ? (surfaces.get(name) as string) : value;
};

/** What letters are written in, and on what. */
const WRITTEN: readonly [string, readonly string[]][] = [
  ["ink", ["paper", "ground", "zone", "node", "card"]],
  ["muted", ["paper", "ground", "zone", "node", "card"]],
  ["alarm", ["paper", "node", "card"]],
  ["good", ["paper", "card"]],
  ["accent", ["paper"]],
  ["on-accent", ["accent"]],
  ["on-count", ["wire", "wire-1", "wire-2", "wire-3", "alarm"]],
  ["on-wait", ["wait"]],
];

describe("contrast", () => {
  it("is computed as WCAG computes it", () => {
    expect(contrast("#000", "#ffffff")).toBeCloseTo(21);
    expect(contrast("#767676", "rgb(255, 255, 255)")).toBeCloseTo(4.54, 2);
    expect(contrast("#777777", "#fff")).toBeLessThan(4.5);
    expect(contrast("#d9dee4", "#f1f4f7")).toBeLessThan(1.3);
    expect([leastContrast(12, 700), leastContrast(19, 700), leastContrast(24, 400)]).toEqual([4.5, 3, 3]);
    expect(() => contrast("rgba(0, 0, 0, 0.5)", "#fff")).toThrow("no opaque colour");
  });
});

describe.each(["light", "dark", "projector"])("letters in the theme %s", (theme) => {
  const { surfaces, tones } = themed(theme);

  it("can be told from the tone that they stand on", () => {
    const faint = [...tones].flatMap(([tone, row]) => {
      const [ink, fill] = ["ink-on", "fill"].map((key) => solved(row.get(key) as string, surfaces)) as [string, string];
      const ratio = contrast(ink, fill);
      return ratio < 4.5 ? [`${tone}: ${ink} on ${fill} is ${ratio.toFixed(2)}`] : [];
    });
    expect(faint).toEqual([]);
    // `answered` fills no surface: nothing is written on it
    expect(Object.keys(TONES).filter((tone) => !tones.has(tone))).toEqual(["answered"]);
  });

  it("can be told from the surface that they stand on", () => {
    const faint = WRITTEN.flatMap(([ink, grounds]) =>
      grounds.flatMap((ground) => {
        const ratio = contrast(surfaces.get(ink) as string, surfaces.get(ground) as string);
        return ratio < 4.5 ? [`${ink} on ${ground} is ${ratio.toFixed(2)}`] : [];
      }),
    );
    expect(faint).toEqual([]);
  });
});
