import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { Fold } from "../../src/model/fold";
import { relatedTo } from "../../src/model/related";
import { openSinceUs } from "../../src/model/since";
import { Store } from "../../src/model/store";
import { Histories, wordOf } from "../../src/model/story";
import { documentOf, failover, managed } from "../fixture";

const run = readRun(failover());
const fold = new Fold(run);
const at = (key: string, s: number): string[] => {
  fold.seek(s * 1e6);
  return relatedTo(fold, run.byKey.get(key)!).map((thing) => thing.key);
};

describe("what a thing has to do with", () => {
  it("is, of a zone, its nodes each with what runs there, and its volumes", () => {
    expect(at("Zone/a", 50)).toEqual(["Node/n-a", "Pod/pg-0", "Node/n-a-2", "PersistentVolume/v-0"]);
  });

  it("is, of a pod, sessions, node, volume, Service, workload and the system that it leads", () => {
    expect(at("Pod/pg-0", 50)).toEqual([
      "Sessions/shop pg-0",
      "Node/n-a",
      "PersistentVolume/v-0",
      "Service/pg",
      "StatefulSet/pg",
      "System/pg",
    ]);
    expect(at("Pod/pg-1", 50)).toEqual(["Node/n-b", "PersistentVolume/v-1", "StatefulSet/pg"]);
  });

  it("leads back: from sessions, Service, workload, volume, node, client and system", () => {
    expect(at("Sessions/shop pg-0", 50)).toEqual(["Client/shop", "Pod/pg-0"]);
    expect(at("Service/pg", 50)).toEqual(["Pod/pg-0"]);
    expect(at("Service/pg", 90)).toEqual(["Pod/pg-0", "Pod/pg-1"]);
    expect(at("StatefulSet/pg", 50)).toEqual(["Pod/pg-0", "Pod/pg-1"]);
    expect(at("PersistentVolume/v-1", 50)).toEqual(["Pod/pg-1", "Node/n-b", "Zone/b"]);
    expect(at("Node/n-b", 50)).toEqual(["Pod/pg-1", "PersistentVolume/v-1", "Zone/b"]);
    expect(at("Client/shop", 50)).toEqual(["Sessions/shop pg-0"]);
    expect(at("System/pg", 90)).toEqual(["Pod/pg-1"]);
  });

  it("is also there of what a provider runs, and of what is not there yet nothing", () => {
    const outside = readRun(managed());
    const now = new Fold(outside);
    now.seek(30e6);
    expect(relatedTo(now, outside.byKey.get("Pod/db-a")!).map((thing) => thing.key)).toEqual([
      "Sessions/shop db-a",
      "System/db",
    ]);
    expect(at("Pod/pg-0", 0)).toEqual([]);
  });
});

describe("sessions of a client to a pod", () => {
  it("have been open since the first of them opened after none was", () => {
    const player = new Store(documentOf()).players[0]!;
    const since = (key: string, s: number): number | null => {
      player.fold.seek(s * 1e6);
      return openSinceUs(player, player.run.byKey.get(key)!);
    };
    expect(since("Sessions/shop pg-0", 50)).toBe(22e6);
    expect(since("Sessions/shop pg-0", 90)).toBeNull();
    expect(since("Sessions/shop pg-1", 90)).toBe(86e6);
    expect(since("Sessions/shop pg-1", 10)).toBeNull();
  });
});

describe("the history of a zone", () => {
  it("is what struck its machines and what came of it, with the faults themselves", () => {
    const histories = new Histories(run);
    const told = (key: string): string[] => histories.of(run.byKey.get(key)!, 110e6).map((event) => wordOf(run, event));
    expect(told("Zone/a")).toEqual(["Fault/1-node-crash Started", "Node/n-a Crashed", "Node/n-a NotReady"]);
    expect(told("Zone/b")).toEqual([]);
  });
});
