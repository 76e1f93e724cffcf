import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FaultRow } from "../../src/document/types";
import { fittingWords, flagsOf, struckIn } from "../../src/model/flags";

const fault = (s: number, label: string): FaultRow => ({
  start_us: s * 1e6,
  end_us: null,
  label,
  label_zh: null,
  do: "x",
  targets: [],
  event: 0,
});
const noClip = (): string => "";

describe("faults of several variants", () => {
  it("are one where they are the same, and name whose they are where not", () => {
    const a = { index: 0, faults: [fault(120, "power cut"), fault(60, "drain")] };
    const c = { index: 2, faults: [fault(120, "switchover"), fault(60, "drain")] };
    const told = struckIn([a, c]).map((each) => [each.fault.start_us / 1e6, each.fault.label, each.variants]);
    expect(told).toEqual([
      [60, "drain", [0, 2]],
      [120, "power cut", [0]],
      [120, "switchover", [2]],
    ]);
  });

  it("all have a flag, also where two strike at once, and flags stand apart", () => {
    const times = fc.array(fc.record({ s: fc.nat(1000), label: fc.constantFrom("a", "b") }), { maxLength: 40 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 300 }), (rows, apartS) => {
        const struck = struckIn([{ index: 0, faults: rows.map((row) => fault(row.s, row.label)) }]);
        const flags = flagsOf(struck, apartS * 1e6);
        expect(flags.flatMap((flag) => flag.faults)).toEqual(struck);
        flags.slice(1).forEach((flag, i) => {
          expect(flag.tUs - flags[i]!.tUs).toBeGreaterThanOrEqual(apartS * 1e6);
        });
      }),
    );
  });
});

describe("words of a flag", () => {
  const upTo = (most: number) => (text: string) => text.length <= most;

  it("are as many as fit, and the others are counted", () => {
    const words = ["B: switchover", "C: power cut", "a drain"];
    expect(fittingWords(words, upTo(99), noClip)).toBe("B: switchover · C: power cut · a drain");
    expect(fittingWords(words, upTo(33), noClip)).toBe("B: switchover · C: power cut +1");
    expect(fittingWords(words, upTo(20), noClip)).toBe("B: switchover +2");
    expect(fittingWords(words, upTo(3), noClip)).toBe("+3");
    expect(fittingWords(words, upTo(10), (text, after) => `${text.slice(0, 9 - after.length)}…`)).toBe("B: swi… +2");
  });

  it("of one fault are cut, or left to its bolt", () => {
    expect(fittingWords(["a drain"], upTo(3), noClip)).toBe("");
    expect(fittingWords(["a drain"], upTo(3), (text) => `${text.slice(0, 2)}…`)).toBe("a …");
  });
});
