import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { EVERY, Fold } from "../../src/model/fold";
import { upTo } from "../../src/model/search";
import { failover, long } from "../fixture";

const big = readRun(long(50_000));
const fold = new Fold(big);

/** The state by applying every change from the start: what the fold must agree with. */
function plainly(count: number): Int32Array {
  const state = new Int32Array(big.cellCount).fill(-1);
  for (let i = 0; i < count; i += 1) state[big.changes.cell[i] as number] = i;
  return state;
}

function stateOf(it: Fold): number[] {
  return it.run.things.flatMap((thing) => [...thing.cells.keys()].map((name) => it.change(thing, name)));
}

describe("the state at an instant", () => {
  it("is the same whichever way one came there", () => {
    const end = big.changes.count;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: end }), { minLength: 1, maxLength: 8 }), (ways) => {
        for (const count of ways) fold.to(count);
        const expected = plainly(ways.at(-1) as number);
        const cells = big.things.flatMap((thing) => [...thing.cells.values()].map((cell) => expected[cell]));
        expect(stateOf(fold)).toEqual(cells);
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  it("costs at most so many steps as lie between keyframes, at 50,000 events", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 25_000_000_000 }), (t) => {
        fold.seek(t);
        expect(fold.steps).toBeLessThanOrEqual(EVERY);
        expect(fold.applied).toBe(upTo(big.changes.t, t));
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  it("costs exactly the rest after the keyframe when going back, and exactly the difference when going on", () => {
    fold.to(big.changes.count);
    fold.to(5 * EVERY + 17);
    expect(fold.steps).toBe(17);
    fold.to(5 * EVERY + 40);
    expect(fold.steps).toBe(23);
    fold.to(5 * EVERY);
    expect(fold.steps).toBe(0);
  });

  it("holds what happened at that very instant, and nothing later", () => {
    const run = readRun(failover());
    const it = new Fold(run);
    const pod = run.byKey.get("Pod/pg-0")!;
    it.seek(60_000_000 - 1);
    expect(it.value(pod, "process")).toBe("listening");
    it.seek(60_000_000);
    expect(it.value(pod, "process")).toBe("dead");
  });

  it("says which change set each attribute, and leaves out those that are gone", () => {
    const run = readRun(failover());
    const it = new Fold(run);
    const system = run.byKey.get("System/pg")!;
    it.seek(70_000_000);
    const names = it.attributes(system).map(({ name }) => name);
    expect(names).toEqual(["running", "quorum", "term"]);
    const running = it.attributes(system)[0]!;
    expect(run.changes.t[running.change]).toBe(60_000_000);
  });
});
