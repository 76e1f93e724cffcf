import { describe, expect, it } from "vitest";
import { TONES } from "../../src/look/looks";
import { contrast, leastContrast } from "../contrast";
import { solved, THEMES, themed } from "../themes";

/** What letters are written in, and on what. */
const WRITTEN: readonly [string, readonly string[]][] = [
  ["ink", ["paper", "ground", "zone", "node", "card"]],
  ["muted", ["paper", "ground", "zone", "node", "card", "unplayed"]],
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

describe.each(THEMES)("letters in the theme %s", (theme) => {
  const { surfaces, tones } = themed(theme);

  it("can be told from the tone that they stand on", () => {
    const written = [...tones].filter(([, row]) => row.has("ink-on"));
    const faint = written.flatMap(([tone, row]) => {
      const [ink, fill] = ["ink-on", "fill"].map((key) => solved(row.get(key) as string, surfaces)) as [string, string];
      const ratio = contrast(ink, fill);
      return ratio < 4.5 ? [`${tone}: ${ink} on ${fill} is ${ratio.toFixed(2)}`] : [];
    });
    expect(faint).toEqual([]);
    // bars of the strips: nothing is written on them
    const bare = Object.keys(TONES).filter((tone) => !tones.get(tone)?.has("ink-on"));
    expect(bare).toEqual(["answered", "failed", "missing"]);
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
