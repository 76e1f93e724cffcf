import { describe, expect, it } from "vitest";
import type { TrafficRow } from "../../src/document/types";
import type { ClientNow } from "../../src/model/scene";
import { Store } from "../../src/model/store";
import type { Speaking } from "../../src/view/context";
import { clientWords } from "../../src/view/strip";
import { say, state } from "../../src/words/say";
import { documentOf, failover } from "../fixture";

const HOUR = 3600e6;
const written = (step_us: number): TrafficRow => ({
  step_us,
  f: "write",
  unit: "writes",
  acked: [(5 * step_us) / 1e6],
  failed: [0],
  unknown: [0],
});

function told(step_us: number, begun: boolean, language: "en" | "zh" = "en"): string {
  const store = new Store(documentOf([failover("fast")]));
  const player = store.players[0]!;
  const thing = player.run.things.find((each) => each.kind === "Client")!;
  const run = { ...player.run, traffic: { [thing.name]: written(step_us) }, outages: [] };
  const client: ClientNow = { thing, begun, sessions: begun ? 1 : 0, out: [] };
  const page = {
    store,
    language,
    prefix: "",
    whole: true,
    say: (key) => say(language, key),
    state: (group, value) => state(language, group, value),
  } satisfies Speaking;
  return clientWords(page, { ...player, run }, client, 16.6e6).one;
}

describe("what a client is answered", () => {
  it("is called an average where it was counted over hours", () => {
    expect(told(1e6, true)).toBe("5.0 writes/s");
    expect(told(6 * HOUR, true)).toBe("5.0 writes/s on average");
    expect(told(6 * HOUR, true, "zh")).toMatch(/^平均 5\.0 /);
  });

  it("is nothing before its first session, whatever the hour around it counted", () => {
    expect(told(6 * HOUR, false)).toBe("asks for nothing");
  });
});
