import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { TONES } from "../../src/look/looks";
import { contrast } from "../contrast";
import { distance, SIGHTS, type Sight, seen } from "../sight";
import { solved, THEMES, themed } from "../themes";

/** What is closer than this is not told apart at a glance, when it is small or afar. */
const APART = 20;
/** WCAG 2.2, success criterion 1.4.11: parts of a graphic that must be told apart. */
const LEAST = 3;

describe("how colours look to others", () => {
  it("is computed as Machado and others do: greys stay, red and green come closer", () => {
    for (const sight of SIGHTS)
      for (const share of seen("#808080", sight)) expect(share).toBeCloseTo(seen("#808080", "all")[0], 4);
    expect(seen("#ff0000", "deuteranopia").map((each) => Number(each.toFixed(3)))).toEqual([0.367, 0.28, 0]);
    const apart = (sight: Sight) => distance("#d55e00", "#7c8a2e", sight);
    expect(apart("all")).toBeGreaterThan(50);
    expect(apart("deuteranopia")).toBeLessThan(0.5 * apart("all"));
    expect(distance("#000", "#fff", "all")).toBeCloseTo(100, 0);
  });
});

/** What a surface is filled with, and how it is outlined, if it is. */
interface Area {
  name: string;
  fill: string;
  rim?: string;
}

function pairs<T>(all: readonly T[]): [T, T][] {
  return all.flatMap((one, i) => all.slice(i + 1).map((other): [T, T] => [one, other]));
}

/** Return which of some areas cannot be told from which: neither by their fills, nor by a line between them. */
function alike(areas: readonly Area[], apart: (one: string, other: string) => boolean): string[] {
  const between = (rim: string | undefined, fills: readonly string[]) =>
    rim !== undefined && fills.every((fill) => apart(rim, fill));
  return pairs(areas)
    .filter(([a, b]) => !apart(a.fill, b.fill))
    .filter(([a, b]) => ![a.rim, b.rim].some((rim) => between(rim, [a.fill, b.fill])))
    .map(([a, b]) => `${a.name} and ${b.name}`);
}

const BARS = ["answered", "failed", "missing", "outage"];

describe.each(THEMES)("the strips in the theme %s", (theme) => {
  const { surfaces, tones } = themed(theme);
  const of = (tone: string, key: string) => solved(tones.get(tone)!.get(key)!, surfaces);
  const areas: Area[] = [
    { name: "nothing", fill: surfaces.get("paper")! },
    { name: "not yet played", fill: surfaces.get("unplayed")!, rim: surfaces.get("muted")! },
    { name: "answered", fill: of("answered", "fill") },
    { name: "failed", fill: of("failed", "fill") },
    { name: "missing", fill: of("missing", "fill"), rim: of("missing", "rim") },
    { name: "outage", fill: of("outage", "fill"), rim: of("outage", "rim") },
  ];

  it("tell each kind from its neighbours by how light it is", () => {
    expect(alike(areas, (one, other) => contrast(one, other) >= LEAST)).toEqual([]);
  });

  it.each(SIGHTS)("tell each kind from its neighbours to eyes that see: %s", (sight) => {
    expect(alike(areas, (one, other) => distance(one, other, sight) >= APART)).toEqual([]);
  });

  it("have hatches that can be seen themselves", () => {
    const faint = ["failed", "missing"].filter((tone) => contrast(of(tone, "line"), of(tone, "fill")) < LEAST);
    expect(faint).toEqual([]);
  });
});

describe("without any colour", () => {
  const css = readFileSync(new URL("../../src/look/drawing.css", import.meta.url), "utf8");
  /** The rhythms of a line, by the selector of its rule. */
  const rhythm = (selector: string): string =>
    css
      .split("\n")
      .filter(
        (row) => row.includes(`.statesim-replay ${selector} {`) || row.includes(`, .statesim-replay ${selector} {`),
      )
      .map((row) => /stroke-dasharray: ([^;]+);/.exec(row)?.[1] ?? "")
      .join("");

  it("the kinds of the strips have hatches of their own", () => {
    expect(new Set(BARS.map((tone) => TONES[tone])).size).toBe(BARS.length);
  });

  it.each(THEMES)(
    "the wires of clients have rhythms of their own where colours are close, in the theme %s",
    (theme) => {
      const { surfaces } = themed(theme);
      const flow = rhythm(".wire .flow");
      const wires = [
        { name: "wire", rhythm: flow },
        ...[1, 2, 3].map((lane) => ({ name: `wire-${lane}`, rhythm: rhythm(`.wire.lane${lane} .flow`) })),
        { name: "alarm", rhythm: rhythm(".wire.cut .line") },
      ];
      expect(wires.every((wire) => wire.rhythm !== "")).toBe(true);
      const close = pairs(wires).filter(([a, b]) =>
        SIGHTS.some((sight) => distance(surfaces.get(a.name)!, surfaces.get(b.name)!, sight) < APART),
      );
      expect(close.length).toBeGreaterThan(0);
      expect(close.filter(([a, b]) => a.rhythm === b.rhythm).map(([a, b]) => `${a.name} and ${b.name}`)).toEqual([]);
    },
  );
});
