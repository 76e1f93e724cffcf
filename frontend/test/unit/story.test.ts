import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { causes, effects, FAULT, Histories, instants, latest, NOTABLE, sentence, tidings } from "../../src/model/story";
import { failover } from "../fixture";

const run = readRun(failover());
const texts = (events: number[]): string[] => events.map((event) => sentence(run, event));
const last = (word: string): number =>
  Array.from({ length: run.events.count }, (_, i) => i).findLast((i) => run.strings[run.events.event[i]!] === word)!;

describe("why something happened", () => {
  it("is told from the event back to the fault, with reasons", () => {
    expect(texts(causes(run, last("Recovered")))).toEqual([
      "the first write of shop succeeds again",
      "pg-1 is elected, because the lease has expired",
      "the program of pg-0 has ended",
      "node n-a loses its power, because the power is cut",
      "power cut (Node/n-a)",
    ]);
  });

  it("is told of a thing by the latest event about it that was worth telling", () => {
    const histories = new Histories(run);
    const pod = run.byKey.get("Pod/pg-1")!;
    expect(sentence(run, histories.reason(pod, 120e6))).toBe("pg-1 is now primary");
    expect(sentence(run, histories.reason(pod, 30e6))).toBe("pod pg-1 is Ready");
    expect(histories.reason(pod, 0)).toBe(-1);
  });

  it("can be turned round: what an event led to", () => {
    expect(texts(effects(run, last("Crashed")))).toEqual([
      "the program of pg-0 has ended",
      "no write of shop succeeds any more",
      "the control plane calls node n-a NotReady",
    ]);
  });
});

describe("a thing's history", () => {
  it("has its own events, those of its parts, and those that changed it", () => {
    const events = new Histories(run).of(run.byKey.get("Pod/pg-0")!, 120e6);
    expect(events.map((e) => run.strings[run.events.object[e]!])).toEqual([
      "Pod/pg-0",
      "VolumeAttachment/v-0@n-a",
      "Pod/pg-0",
      "Process/pg-0",
      "Node/n-a",
    ]);
  });

  it("ends at the instant that is looked at", () => {
    const events = new Histories(run).of(run.byKey.get("Pod/pg-0")!, 20e6);
    expect(events).toHaveLength(3);
  });
});

describe("news", () => {
  it("are grave, a relief, or neither", () => {
    expect(["Outage", "Recovered", "Elected"].map((word) => tidings(run, last(word)))).toEqual(["grave", "relief", ""]);
  });
});

describe("instants worth stopping at", () => {
  it("are each named once", () => {
    expect([...instants(run, FAULT)]).toEqual([60e6, 61e6, 86e6]);
    expect([...instants(run, NOTABLE)]).toEqual([20e6, 21e6, 60e6, 61e6, 84e6, 86e6, 100e6]);
  });

  it("can be asked for backwards from an instant", () => {
    expect(texts(latest(run, 84e6, NOTABLE, 2))).toEqual([
      "pg-1 is elected, because the lease has expired",
      "pg-1 is now primary",
    ]);
    expect(latest(run, 0, NOTABLE, 2)).toEqual([]);
  });
});
