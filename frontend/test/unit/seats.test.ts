import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Seats } from "../../src/model/seats";

const at = (...keys: string[]): [string, string][] => keys.map((key, i) => [key, `place ${i}`]);

describe("seats", () => {
  it("stay whose they are while the run plays, and new pods have new ones", () => {
    const seats = new Seats();
    const first = seats.of(at("a", "b"), true);
    const next = seats.of(at("c", "b"), false);
    expect(next.get("b")).toBe(first.get("b"));
    expect([...first.values()]).not.toContain(next.get("c"));
  });

  it("are taken over after a jump, first by whoever has the place", () => {
    const seats = new Seats();
    const first = seats.of(at("a", "b", "c"), true);
    const next = seats.of(at("x", "b", "y"), true);
    expect([next.get("x"), next.get("b"), next.get("y")]).toEqual([...first.values()]);
    const moved = seats.of([["z", "elsewhere"]], true);
    expect([...first.values()]).toContain(moved.get("z"));
  });

  it("are never shared, whatever comes and goes", () => {
    const steps = fc.array(fc.tuple(fc.uniqueArray(fc.constantFrom(..."abcdefgh")), fc.boolean()));
    fc.assert(
      fc.property(steps, (all) => {
        const seats = new Seats();
        for (const [keys, jumped] of all) {
          const now = seats.of(at(...keys), jumped);
          expect([...now.keys()]).toEqual(keys);
          expect(new Set(now.values()).size).toBe(keys.length);
        }
      }),
    );
  });
});
