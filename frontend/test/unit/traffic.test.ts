import { describe, expect, it } from "vitest";
import type { OutageRow, TrafficRow } from "../../src/document/types";
import type { ClientNow } from "../../src/model/scene";
import { Store } from "../../src/model/store";
import { type ClientWords, clientWords } from "../../src/view/strip";
import { documentOf, failover } from "../fixture";
import { speaking } from "../speaking";

const HOUR = 3600e6;
const written = (step_us: number): TrafficRow => ({
  step_us,
  f: "write",
  unit: "writes",
  acked: [(5 * step_us) / 1e6],
  failed: [0],
  unknown: [0],
});

function wordsOf(
  traffic: TrafficRow,
  outages: OutageRow[],
  tUs: number,
  { begun = true, sessions = 1, language = "en" as "en" | "zh" } = {},
): ClientWords {
  const store = new Store(documentOf([failover("fast")]));
  const player = store.players[0]!;
  const thing = player.run.things.find((each) => each.kind === "Client")!;
  const run = { ...player.run, traffic: { [thing.name]: traffic }, outages };
  const client: ClientNow = { thing, begun, sessions, out: [] };
  return clientWords(speaking(store, language), { ...player, run }, client, tUs);
}

function told(step_us: number, begun: boolean, language: "en" | "zh" = "en"): string {
  return wordsOf(written(step_us), [], 16.6e6, { begun, sessions: begun ? 1 : 0, language }).one;
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

describe("a client of which some calls are in vain", () => {
  const S = 1e6;
  const seconds = (count: number, each: (s: number) => number) => Array.from({ length: count }, (_, s) => each(s));
  const none = seconds(120, () => 0);
  const traffic: TrafficRow = {
    step_us: S,
    f: "write",
    acked: seconds(120, (s) => (s < 20 ? 5 : 0)),
    failed: none,
    // reads end at 100 s: after that nobody asks for any
    also: [{ f: "read", acked: seconds(120, (s) => (s < 100 && s % 3 === 0 ? 2 : 0)), failed: none }],
  };
  const write = { client: "shop", f: "write", start_us: 20 * S, end_us: 120 * S, open: true };
  const late = { client: "shop", f: "read", start_us: 59 * S, end_us: 62 * S };

  it("says which have no answer, and which are answered", () => {
    const words = wordsOf(traffic, [write], 50 * S, { sessions: 3 });
    expect(words.one).toBe("no writes for 30 s");
    expect(words.two).toBe("reads answered · 3 sessions");
    const chinese = wordsOf(traffic, [write], 50 * S, { sessions: 3, language: "zh" });
    expect([chinese.one, chinese.two]).toEqual(["写中断 30 秒", "读有应答 · 3 个会话"]);
  });

  it("counts no sessions where none is known and calls are answered all the same", () => {
    expect(wordsOf(traffic, [write], 50 * S, { sessions: 0 }).two).toBe("reads answered");
    expect(wordsOf({ ...traffic, also: [] }, [write], 50 * S, { sessions: 0 }).two).toBe("0 sessions");
  });

  it("gives each kind the time for which it has been in vain, and none to what is a moment late", () => {
    expect(wordsOf(traffic, [late, write], 59.3 * S, { sessions: 0 }).two).toBe("reads answered");
    const words = wordsOf(traffic, [late, write], 61.5 * S, { sessions: 0 });
    expect([words.one, words.two]).toEqual(["no writes for 41 s", "no reads for 2.5 s · 0 sessions"]);
  });

  it("tells of the main kind first", () => {
    const words = wordsOf(traffic, [{ ...late, start_us: 19 * S }, write], 61 * S, { sessions: 0 });
    expect([words.one, words.two]).toEqual(["no writes for 41 s", "no reads for 42 s · 0 sessions"]);
    expect([words.briefTwo, words.sessions]).toEqual(["no reads for 42 s", "in vain: reads"]);
  });

  it("calls nothing answered that nobody asked for", () => {
    expect(wordsOf(traffic, [write], 110 * S, { sessions: 2 }).two).toBe("2 sessions");
  });
});
