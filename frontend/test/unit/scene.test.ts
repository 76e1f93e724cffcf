import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { Fold } from "../../src/model/fold";
import { planOf } from "../../src/model/plan";
import { type Scene, sceneOf, truthOf } from "../../src/model/scene";
import { failover, Writer } from "../fixture";

const fold = new Fold(readRun(failover()));
const at = (s: number): Scene => {
  fold.seek(s * 1e6);
  return sceneOf(fold);
};

describe("what is on the stage", () => {
  it("follows the pods: not there, waiting for a node, placed, leading, dead", () => {
    const story = [0, 1, 5, 30, 60].map((s) => at(s).pods.find((p) => p.thing.name === "pg-0"));
    expect(story.map((p) => p && [p.node, p.api, p.truth])).toEqual([
      undefined,
      ["", "pending", ""],
      ["n-a", "starting", "starting"],
      ["n-a", "ready", "primary"],
      ["n-a", "ready", "dead"],
    ]);
  });

  it("keeps apart what Kubernetes says and what is so: the node is Ready after its power is cut", () => {
    const node = at(70).nodes.find((n) => n.thing.name === "n-a")!;
    expect([node.machine, node.api]).toEqual(["crashed", "ready"]);
  });

  it("draws sessions to where they are open, and counts them at the pod", () => {
    expect(at(30).wires).toEqual([{ thing: "Sessions/shop pg-0", client: "Client/shop", pod: "Pod/pg-0", open: 10 }]);
    expect(at(90).wires).toEqual([{ thing: "Sessions/shop pg-1", client: "Client/shop", pod: "Pod/pg-1", open: 10 }]);
    expect(at(90).pods.find((p) => p.thing.name === "pg-1")!.sessions).toBe(10);
  });

  it("names the primary, and nobody while there is none", () => {
    expect([30, 70, 90].map((s) => at(s).systems[0]!.primaries)).toEqual([["pg-0"], [], ["pg-1"]]);
  });

  it("says of a system that it has not begun until it has had a primary", () => {
    expect([5, 30, 70].map((s) => at(s).systems[0]!.begun)).toEqual([false, true, true]);
  });

  it("has nothing to say for Kubernetes of a container that is nobody's pod", () => {
    const w = new Writer("bare").thing("Pod/web").thing("Pod/pg-0 9cd5", { beside: true }).thing("Pod/pg-0");
    const runs = { process: "listening" };
    w.at(1, "x", "y", { changes: { "Pod/web": runs, "Pod/pg-0 9cd5": runs, "Pod/pg-0": { ...runs, api: "ready" } } });
    expect(sceneOf(new Fold(readRun(w.done()))).pods.map((p) => p.known)).toEqual([false, true, true]);
  });

  it("shows both primaries when two accept writes", () => {
    const w = new Writer("split").thing("System/pg");
    w.at(1, "System/pg", "Elected", { changes: { "System/pg": { primary: "pg-0,pg-1" } } });
    const split = new Fold(readRun(w.done()));
    expect(sceneOf(split).systems[0]!.primaries).toEqual(["pg-0", "pg-1"]);
  });
});

describe("the one word for what a pod really is", () => {
  it.each([
    ["", "primary", ""],
    ["dead", "primary", "dead"],
    ["frozen", "replica", "frozen"],
    ["twice", "primary", "twice"],
    ["listening", "primary", "primary"],
    ["listening", "", "serving"],
    ["starting", "", "starting"],
  ])("process %o with role %o is %o", (process, role, truth) => expect(truthOf(process, role)).toBe(truth));
});

describe("what a stage must have room for", () => {
  it("is the most that is ever there at once", () => {
    const plan = planOf(readRun(failover()));
    expect(plan.unplaced).toBe(2);
    expect(plan.zones.map((z) => [z.name, z.nodes.map((n) => [n.name, n.slots]), z.volumes])).toEqual([
      [
        "a",
        [
          ["n-a", 1],
          ["n-a-2", 0],
        ],
        ["PersistentVolume/v-0"],
      ],
      [
        "b",
        [
          ["n-b", 1],
          ["n-b-2", 0],
        ],
        ["PersistentVolume/v-1"],
      ],
    ]);
  });

  it("has none for a system that nobody ever runs for", () => {
    const w = new Writer("x").thing("System/web").thing("System/pg").thing("System/ring");
    w.at(1, "x", "y", {
      changes: { "System/web": { running: "0" }, "System/pg": { primary: "pg-0" }, "System/ring": { running: "3" } },
    });
    expect(planOf(readRun(w.done())).systems).toEqual(["System/pg", "System/ring"]);
  });

  it("counts pods that come and go on a node one after the other once", () => {
    const w = new Writer("x").thing("Zone/a").thing("Node/n", { parent: "Zone/a" }).thing("Pod/one").thing("Pod/two");
    w.at(1, "Pod/one", "Scheduled", { changes: { "Pod/one": { api: "ready", node: "n" } } });
    w.at(2, "Pod/one", "Deleted", {
      changes: { "Pod/one": { api: "", node: "" }, "Pod/two": { api: "ready", node: "n" } },
    });
    expect(planOf(readRun(w.done())).zones[0]!.nodes[0]!.slots).toBe(1);
  });
});
