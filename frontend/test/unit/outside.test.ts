import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { Fold } from "../../src/model/fold";
import { layOut } from "../../src/model/layout";
import { planOf } from "../../src/model/plan";
import { sceneOf } from "../../src/model/scene";
import { endpointWords } from "../../src/view/outside";
import { placedIn } from "../../src/view/placed";
import { say } from "../../src/words/say";
import { failover, managed } from "../fixture";

const run = readRun(managed());
const fold = new Fold(run);
const at = (s: number) => {
  fold.seek(s * 1e6);
  return sceneOf(fold);
};
const page = { say: (key: Parameters<typeof say>[1]) => say("en", key) };

describe("what a provider runs", () => {
  const plan = planOf(run);

  it("has a place in each of its zones, outside the cluster's", () => {
    expect(plan.outside?.nodes.map((az) => [az.name, az.slots])).toEqual([
      ["AZ a", 1],
      ["AZ b", 1],
    ]);
    expect(plan.zones.flatMap((zone) => zone.nodes.map((node) => node.name))).toEqual(["n-a"]);
    expect(planOf(readRun(failover())).outside).toBeNull();
  });

  it("is placed there, and clients' sessions with it", () => {
    const layout = layOut(plan, 600, 390);
    const scene = at(30);
    const placed = placedIn(layout, scene);
    const [outside, cluster] = [
      layout.zones.find((zone) => zone.outside)!,
      layout.zones.find((zone) => !zone.outside)!,
    ];
    expect(outside.y + outside.h).toBeLessThan(cluster.y);
    for (const key of ["Pod/db-a", "Pod/db-b"]) {
      const box = placed.pods.get(key)!;
      expect(box.y).toBeGreaterThan(outside.y);
      expect(box.y + box.h).toBeLessThanOrEqual(outside.y + outside.h);
    }
    expect(scene.wires).toMatchObject([{ client: "Client/shop", pod: "Pod/db-a", open: 4 }]);
    expect(scene.pods.find((pod) => pod.thing.name === "db-b")).toMatchObject({ outside: "b", known: false });
  });

  it("says where its name leads, also while nothing is there", () => {
    expect([30, 70, 95].map((s) => endpointWords(page, at(s)))).toEqual([
      ["the name db leads to db-a"],
      ["the name db leads to db-a (gone)"],
      ["the name db leads to db-b"],
    ]);
  });
});
