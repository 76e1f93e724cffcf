import { describe, expect, it } from "vitest";
import { area } from "../../src/model/area";

const ground = { w: 100, bottom: 50, height: 40 };
const bar = (x0: number, x1: number, low: number, high: number) => ({ x0, x1, low, high });

describe("the outline of bars", () => {
  it("goes along the tops of those that touch, and back along their feet", () => {
    expect(area([bar(0, 0.5, 0, 1), bar(0.5, 1, 0.25, 0.5)], ground)).toBe("M0 50V10H50V30H100V40H50V50H0z");
  });

  it("leaves out what has no height, and takes up again after it", () => {
    const some = [bar(0, 0.2, 0, 0.5), bar(0.2, 0.4, 0, 0), bar(0.4, 0.6, 0, 0.5)];
    expect(area(some, ground)).toBe("M0 50V30H20V50H0zM40 50V30H60V50H40z");
    expect(area([], ground)).toBe("");
  });

  it("is high and wide enough to be seen, and grows into what is past", () => {
    expect(area([bar(0.5, 0.51, 0, 0.01)], { ...ground, leastPx: 4 })).toBe("M47 50V46H51V50H47z");
    expect(area([bar(0, 0.01, 0, 0.01)], { ...ground, leastPx: 4 })).toBe("M0 50V46H1V50H0z");
  });
});
