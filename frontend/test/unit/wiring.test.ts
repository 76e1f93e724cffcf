import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { laneLook } from "../../src/look/lanes";
import { markPath } from "../../src/look/patterns";
import { Fold } from "../../src/model/fold";
import { layOut } from "../../src/model/layout";
import { planOf } from "../../src/model/plan";
import type { Point } from "../../src/model/routes";
import { type Scene, sceneOf } from "../../src/model/scene";
import { placedIn } from "../../src/view/placed";
import { cablesOf, distance, type Line, lineAt, wiresOf } from "../../src/view/wiring";
import { failover } from "../fixture";

const run = readRun(failover());
const fold = new Fold(run);
const layout = layOut(planOf(run), 1200, 600);
const at = (s: number): Scene => {
  fold.seek(s * 1e6);
  return sceneOf(fold);
};
const of = <L>(lines: (l: typeof layout, s: Scene, p: ReturnType<typeof placedIn>) => L[], s: number): L[] => {
  const scene = at(s);
  return lines(layout, scene, placedIn(layout, scene));
};

const line = (thing: string, ...points: [number, number][]): Line => ({
  thing,
  points: points.map(([x, y]) => ({ x, y })),
  end: 10,
});
const coordinate = fc.double({ min: -500, max: 500, noNaN: true });
const point: fc.Arbitrary<Point> = fc.record({ x: coordinate, y: coordinate });

describe("lines between things", () => {
  it("run from a client to the pod that serves it, and are cut where nobody answers", () => {
    expect([50, 70, 90].map((s) => of(wiresOf, s).map(({ thing, cut }) => [thing, cut]))).toEqual([
      [["Sessions/shop pg-0", false]],
      [["Sessions/shop pg-0", true]],
      [["Sessions/shop pg-1", false]],
    ]);
  });

  it("run from each volume to its node, and begin in its drum", () => {
    const cables = of(cablesOf, 50);
    expect(cables.map(({ key }) => key)).toEqual([
      "PersistentVolume/v-0 n-a attached",
      "PersistentVolume/v-1 n-b attached",
    ]);
    expect(of(cablesOf, 2)).toEqual([]);
  });

  it("are as far from a place as their nearest part: never farther than any of their points", () => {
    fc.assert(
      fc.property(point, fc.array(point, { minLength: 2, maxLength: 6 }), (place, points) => {
        const nearest = Math.min(...points.map((each) => Math.hypot(place.x - each.x, place.y - each.y)));
        expect(distance(place, points)).toBeLessThanOrEqual(nearest + 1e-9);
        expect(distance(points[0]!, points)).toBeCloseTo(0);
      }),
    );
    expect(distance({ x: 5, y: 3 }, line("a", [0, 0], [10, 0]).points)).toBe(3);
  });

  it("are meant by whoever points near enough; side by side, the nearest is", () => {
    const lines = [line("a", [0, 0], [100, 0]), line("b", [0, 3.5], [100, 3.5]), line("c", [0, 7], [100, 7])];
    const meant = (y: number): string | undefined => lineAt(lines, { x: 50, y }, 5)?.thing;
    expect([-6, -5, 1.5, 2, 5, 5.5, 11, 13].map(meant)).toEqual([undefined, "a", "a", "b", "b", "c", "c", undefined]);
  });

  it("are meant by their number, wherever in its disc", () => {
    const lines = [line("a", [0, 0], [100, 0]), line("b", [0, 300], [300, 300])];
    expect(lineAt(lines, { x: 107, y: 6 }, 5)?.thing).toBe("a");
    expect(lineAt(lines, { x: 109, y: 9 }, 5)).toBeUndefined();
  });
});

describe("lanes of clients", () => {
  it("differ by more than colour: the first five by shape, and twenty by shape and colour together", () => {
    const looks = Array.from({ length: 20 }, (_, lane) => laneLook(lane));
    expect(new Set(looks.slice(0, 5).map(({ shape }) => shape)).size).toBe(5);
    expect(new Set(looks.map(({ name, shape }) => `${name} ${shape}`)).size).toBe(20);
    const drawn = looks.slice(0, 5).map(({ shape }) => markPath(shape, 0, 0, 10));
    expect(new Set(drawn).size).toBe(5);
  });
});
