import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { LEAST, width } from "../../src/look/measure";
import { behind, faceOf, isTall, unwired } from "../../src/model/card";
import { type Box, layOut, leastScale, MARGIN } from "../../src/model/layout";
import { planOf, type StagePlan } from "../../src/model/plan";
import { cable, type Point, rounded, wire } from "../../src/model/routes";
import { failover } from "../fixture";

const plans: fc.Arbitrary<StagePlan> = fc
  .record({
    zones: fc.array(
      fc.record({
        nodes: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 6 }),
        volumes: fc.integer({ min: 0, max: 6 }),
      }),
      { minLength: 1, maxLength: 4 },
    ),
    clients: fc.integer({ min: 0, max: 3 }),
    systems: fc.integer({ min: 0, max: 2 }),
    unplaced: fc.integer({ min: 0, max: 3 }),
    azs: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ zones, clients, systems, unplaced, azs }) => ({
    outside:
      azs === 0
        ? null
        : {
            name: "",
            nodes: Array.from({ length: azs }, (_, i) => ({ name: `AZ ${i}`, key: `AZ ${i}`, slots: 1 })),
            volumes: [],
          },
    zones: zones.map((zone, z) => ({
      name: `z${z}`,
      nodes: zone.nodes.map((slots, n) => ({ name: `n-${z}-${n}`, key: `Node/n-${z}-${n}`, slots })),
      volumes: Array.from({ length: zone.volumes }, (_, v) => `PersistentVolume/v-${z}-${v}`),
    })),
    clients: Array.from({ length: clients }, (_, i) => `Client/c${i}`),
    systems: Array.from({ length: systems }, (_, i) => `System/s${i}`),
    unplaced,
  }));

const apart = (a: Box, b: Box): boolean =>
  a.x + a.w <= b.x + 0.01 || b.x + b.w <= a.x + 0.01 || a.y + a.h <= b.y + 0.01 || b.y + b.h <= a.y + 0.01;
const inside = (a: Box, b: Box): boolean =>
  a.x >= b.x - 0.01 && a.y >= b.y - 0.01 && a.x + a.w <= b.x + b.w + 0.01 && a.y + a.h <= b.y + b.h + 0.01;

describe("where things stand", () => {
  it("nothing lies on anything else, and everything lies in its place", () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 280, max: 1900 }), fc.integer({ min: 200, max: 900 }), (plan, w, h) => {
        const layout = layOut(plan, w, h);
        const page = { x: 0, y: 0, w: layout.w, h: layout.h };
        const outer = [
          ...layout.zones,
          ...layout.clients.values(),
          ...layout.systems.values(),
          ...(layout.waiting ? [layout.waiting] : []),
        ];
        outer.forEach((box, i) => {
          expect(inside(box, page)).toBe(true);
          for (const other of outer.slice(i + 1)) expect(apart(box, other)).toBe(true);
        });
        for (const zone of layout.zones) {
          const within = [...zone.nodes, ...zone.volumes.values()];
          within.forEach((box, i) => {
            expect(inside(box, zone)).toBe(true);
            for (const other of within.slice(i + 1)) expect(apart(box, other)).toBe(true);
          });
          for (const node of zone.nodes) for (const slot of node.slots) expect(inside(slot, node)).toBe(true);
        }
      }),
      { numRuns: 60, seed: 5 },
    );
  });

  it("what fits is drawn within the room", () => {
    const plan = planOf(readRun(failover()));
    for (const [w, h] of [
      [1200, 420],
      [600, 420],
      [300, 520],
      [1800, 800],
    ] as const) {
      const layout = layOut(plan, w, h);
      expect((layout.w + 2 * MARGIN) * layout.scale).toBeCloseTo(w, 3);
      expect((layout.h + 2 * MARGIN) * layout.scale).toBeLessThanOrEqual(h + 0.01);
    }
  });

  it("a larger room makes larger letters", () => {
    const plan = planOf(readRun(failover()));
    expect(layOut(plan, 1200, 800).scale).toBeGreaterThan(layOut(plan, 600, 400).scale);
  });

  it("stages side by side are arranged alike and drawn at one scale", () => {
    const small = planOf(readRun(failover()));
    const large = {
      ...small,
      zones: small.zones.map((z) => ({ ...z, nodes: z.nodes.map((n) => ({ ...n, slots: 3 })) })),
    };
    const one = layOut(small, 500, 500, [large]);
    const two = layOut(large, 500, 500, [small]);
    expect(one.scale).toBe(two.scale);
    expect(one.zones.map((z) => [z.x, z.row])).toEqual(two.zones.map((z) => [z.x, z.row]));
  });
});

/** What `layOut` makes pods: words beside the mark, words below it, or lines where pods are many. */
const sizes = fc.oneof(
  fc.tuple(fc.integer({ min: 140, max: 500 }), fc.integer({ min: 50, max: 140 })),
  fc.tuple(fc.integer({ min: 98, max: 500 }), fc.integer({ min: 84, max: 140 })),
  fc.tuple(fc.integer({ min: 98, max: 500 }), fc.integer({ min: 16, max: 48 })),
);

describe("a pod's card", () => {
  it("keeps its words inside, apart from its mark and from what Kubernetes says, at any size", () => {
    fc.assert(
      fc.property(sizes, fc.boolean(), fc.constantFrom(1 as const, 2 as const), ([w, h], known, lines) => {
        const { block, mark, name, word, says, brief } = faceOf(w, h, known, isTall(w, h) ? lines : 1);
        for (const line of [name, ...(word ? [word] : [])]) expect(line.size).toBeGreaterThanOrEqual(LEAST);
        const top = block.w < w ? 0 : block.h;
        if (!brief) expect(name.x).toBeGreaterThanOrEqual(block.w < w ? block.w : 0);
        expect(name.y - name.size * 0.75).toBeGreaterThanOrEqual(top - 0.01);
        if (word) {
          expect(word.y - word.size * 0.75).toBeGreaterThanOrEqual(name.y);
          expect(word.y).toBeLessThanOrEqual(brief ? h : says.y);
        }
        expect(name.x + name.room).toBeLessThanOrEqual(w);
        expect(inside({ x: mark.x - mark.r, y: mark.y - mark.r, w: 2 * mark.r, h: 2 * mark.r }, block)).toBe(true);
        expect(says.h > 0).toBe(known);
      }),
      { seed: 6 },
    );
  });

  it("has room for a short name, whole, where there is a second line", () => {
    for (let w = 98; w <= 200; w += 1)
      for (const h of [34, 38, 48]) {
        const { block, mark, name, says } = faceOf(w, h, true);
        expect(name.room).toBeGreaterThanOrEqual(width("postgr-0", LEAST, 700));
        const apart = says.x >= block.w || says.y >= mark.y + mark.r;
        expect(apart && says.x + says.w <= name.x && says.y + says.h <= h + 0.01).toBe(true);
      }
  });

  it("has room for a short name, whole, in one line, where no wire leads to it", () => {
    for (let w = 110; w <= 200; w += 1)
      for (const h of [24, 28, 33])
        expect(unwired(faceOf(w, h, true).name).room).toBeGreaterThanOrEqual(width("mysql-0", LEAST, 700));
  });

  it("has its word behind its name in one line where both have room", () => {
    const { name } = faceOf(200, 28, true);
    expect(behind(name, 40, 50)).toMatchObject({ y: name.y, size: LEAST });
    expect(behind(name, 40, name.room)).toBeNull();
  });

  it("has larger letters where it is tall and narrow", () => {
    expect(faceOf(130, 96, true).name.size).toBeGreaterThan(1.2 * faceOf(130, 60, true).name.size);
  });
});

describe("how lines run", () => {
  const layout = layOut(planOf(readRun(failover())), 900, 500);
  const [zone] = layout.zones;
  const [node, other] = zone!.nodes;
  const crosses = (points: Point[], box: Box): boolean =>
    points.slice(1).some((b, i) => {
      const a = points[i]!;
      const [x0, x1, y0, y1] = [Math.min(a.x, b.x), Math.max(a.x, b.x), Math.min(a.y, b.y), Math.max(a.y, b.y)];
      return x1 > box.x + 1 && x0 < box.x + box.w - 1 && y1 > box.y + 1 && y0 < box.y + box.h - 1;
    });

  it("a wire leads from its client to its pod's right side, across no other node", () => {
    const slot = node!.slots[0]!;
    const points = wire(layout, layout.clients.get("Client/shop")!, zone!, node!, slot, 0);
    expect(points.at(-1)!.x).toBe(slot.x + slot.w);
    expect(crosses(points, other!)).toBe(false);
    expect(crosses(points, slot)).toBe(false);
  });

  it("a cable leads from its drum to its pod's left side, across no other node", () => {
    const slot = node!.slots[0]!;
    const points = cable(zone!.volumes.get("PersistentVolume/v-0")!, node!, slot, 0);
    expect(points.at(-1)!.x).toBe(slot.x);
    expect(crosses(points, other!)).toBe(false);
  });

  it("corners are rounded, ends are not", () => {
    expect(
      rounded(
        [
          { x: 0, y: 0 },
          { x: 20, y: 0 },
          { x: 20, y: 20 },
        ],
        5,
      ),
    ).toBe("M0.0 0.0L15.0 0.0Q20.0 0.0 20.0 5.0L20.0 20.0");
    expect(rounded([])).toBe("");
  });
});

describe("how large letters are", () => {
  const many = planOf(readRun(failover()));
  const crowded = {
    ...many,
    zones: many.zones.map((z) => ({ ...z, nodes: z.nodes.map((n) => ({ ...n, slots: 5 })) })),
  };

  it("is never below the least, however much there is to be shown: what does not fit is scrolled to", () => {
    fc.assert(
      fc.property(plans, fc.integer({ min: 300, max: 1900 }), fc.boolean(), (plan, w, afar) => {
        for (const beside of [[], [crowded], [crowded, many]]) {
          const least = leastScale(1 + beside.length, afar);
          expect(layOut(plan, w, 390, beside, least).scale).toBeGreaterThanOrEqual(least - 1e-9);
        }
      }),
      { numRuns: 40, seed: 7 },
    );
  });

  it("is larger for those who sit afar, smaller where three stages share the page", () => {
    expect(leastScale(1, true)).toBeGreaterThan(leastScale(1, false));
    expect(leastScale(2, false)).toBe(leastScale(1, false));
    expect(leastScale(3, false)).toBeLessThan(leastScale(2, false));
  });

  it("pods become lines before they become illegible", () => {
    const heights = [many, crowded].map((plan) => layOut(plan, 598, 390).zones[0]!.nodes[0]!.slots[0]!.h);
    expect(heights[0]).toBeGreaterThanOrEqual(50);
    expect(heights[1]).toBeLessThan(50);
  });

  it("pods stand closer, one line each, before the picture is taller than its room", () => {
    const low = Array.from({ length: 50 }, (_, i) => 300 + 10 * i)
      .map((room) => ({ room, shown: layOut(crowded, 600, room, [crowded], leastScale(2, true)) }))
      .filter(({ shown }) => shown.zones[0]!.nodes[0]!.slots[0]!.h < 24);
    expect(low.length).toBeGreaterThan(2);
    for (const { room, shown } of low) {
      const [first, second] = shown.zones[0]!.nodes[0]!.slots as [Box, Box];
      expect(shown.h * shown.scale).toBeLessThanOrEqual(room);
      expect(second.y).toBeGreaterThan(first.y + first.h);
    }
  });

  it("zones share the room that is left below them", () => {
    const bottom = (h: number): number => {
      const { zones, scale } = layOut(many, 598, h);
      return Math.max(...zones.map((zone) => zone.y + zone.h)) * scale;
    };
    expect(bottom(520)).toBeGreaterThan(bottom(440));
  });
});
