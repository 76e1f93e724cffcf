import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { gapS, SHOW_S, Warp } from "../../src/model/warp";

const day = 86_400e6;
const instants = fc
  .array(fc.integer({ min: 0, max: day }), { maxLength: 300 })
  .map((list) => [...list].sort((a, b) => a - b));

describe("the automatic speed", () => {
  it("never goes back, and reaches every instant", () => {
    fc.assert(
      fc.property(instants, fc.integer({ min: 0, max: day }), fc.integer({ min: 0, max: day }), (at, one, two) => {
        const warp = new Warp(at, day);
        const [early, late] = one < two ? [one, two] : [two, one];
        expect(warp.toShow(early)).toBeLessThanOrEqual(warp.toShow(late));
        expect(Math.abs(warp.toSimulated(warp.toShow(one)) - one)).toBeLessThan(2000);
      }),
      { seed: 3 },
    );
  });

  it("makes a show of at most so many seconds of any run", () => {
    fc.assert(
      fc.property(instants, (at) => {
        expect(new Warp(at, day).lengthS).toBeLessThanOrEqual(SHOW_S + 1e-6);
      }),
      { seed: 4 },
    );
  });

  it("hurries through quiet time: an hour takes no longer than three seconds, a second a good half", () => {
    expect(gapS(3600)).toBe(3);
    expect(gapS(1)).toBeCloseTo(0.6);
    expect(gapS(0.1)).toBeCloseTo(0.1);
  });

  it("goes through twenty quiet minutes faster than through the minute of the failover", () => {
    const warp = new Warp([60e6, 61e6, 65e6, 84e6, 86e6, 100e6], 1200e6);
    const busy = warp.toShow(100e6) - warp.toShow(60e6);
    const quiet = warp.toShow(1200e6) - warp.toShow(100e6);
    expect(busy).toBeGreaterThan(2 * quiet);
  });
});
