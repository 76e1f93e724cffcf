import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { checked, fromBase64, inflate } from "../../src/document/inflate";
import { readRun } from "../../src/document/run";
import { sentence, textOf } from "../../src/model/story";
import { columnsOf, outagesAt, ratesAt, scaled } from "../../src/model/traffic";
import { documentOf, failover, Writer } from "../fixture";

describe("a document", () => {
  it("comes out of the page as it went in", async () => {
    const document = documentOf();
    const packed = deflateRawSync(JSON.stringify(document)).toString("base64");
    expect(await inflate(fromBase64(`\n${packed}\n`))).toEqual(document);
  });

  it("of another format is refused with what was expected and what to do", () => {
    expect(() => checked({ format: "statesim-replay/9", variants: [{}] })).toThrow(
      /statesim-replay\/2.*statesim-replay\/9.*write it again/,
    );
    expect(() => checked({ ...documentOf(), variants: [] })).toThrow(/no variant/);
    expect(() => checked(null)).toThrow(/undefined/);
  });

  it("has its times, causes and objects read from columns", () => {
    const run = readRun(failover());
    expect([...run.events.t].every((t, i) => i === 0 || t >= run.events.t[i - 1]!)).toBe(true);
    expect([...run.events.cause].every((cause, i) => cause < i)).toBe(true);
    const about = (object: string): string | undefined => {
      const i = [...run.events.object].findIndex((o) => run.strings[o] === object);
      return run.things[run.about[i]!]?.key;
    };
    expect([about("Process/pg-0"), about("Node/n-a"), about("Fault/1-node-crash")]).toEqual([
      "Pod/pg-0",
      "Node/n-a",
      undefined,
    ]);
  });
});

describe("traffic", () => {
  const run = readRun(failover());

  it("at an instant is what was answered in its step, of each kind", () => {
    expect(ratesAt(run.traffic.shop, 30.5e6)).toEqual([
      { f: "write", acked: 5, failed: 0 },
      { f: "read", acked: 5, failed: 0 },
    ]);
    expect(ratesAt(run.traffic.shop, 70e6)[0]).toEqual({ f: "write", acked: 0, failed: 2 });
    expect(ratesAt(undefined, 0)).toEqual([]);
  });

  it("has outages from their first second to the last, and to the end if they never ended", () => {
    expect([59, 60, 85, 86].map((s) => outagesAt(run, "shop", s * 1e6).length)).toEqual([0, 1, 1, 0]);
    const open = { ...run, outages: [{ client: "shop", f: "write", start_us: 60e6, end_us: 120e6, open: true }] };
    expect(outagesAt(open, "shop", 120e6)).toHaveLength(1);
  });

  it("in columns keeps every answer, and is as high as the busiest", () => {
    const columns = columnsOf(run.traffic.shop!, 120e6, 40);
    expect(columns).toHaveLength(40);
    expect(Math.max(...columns.map((c) => c.acked + c.failed))).toBe(5);
    expect(Math.max(...scaled(columns).map((c) => c.acked + c.failed))).toBe(1);
    const answered = columns.reduce((sum, c) => sum + c.acked * 3, 0);
    expect(answered).toBeCloseTo(
      run.traffic.shop!.acked.reduce((a, b) => a + b, 0),
      6,
    );
  });
});

describe("a sentence", () => {
  const w = new Writer("one");
  w.at(1, "Pod/pg-0", "Scheduled", { text: "pod {name} is scheduled to {node}", fields: ["n-a"] });
  w.at(2, "Pod/pg-1", "Ready", { text: "{kind} {name} is Ready" });
  w.at(3, "Pod/pg-1", "Scheduled", { text: "pod {name} is scheduled to {node}", fields: ["n-b"], why: "it is free" });
  w.at(4, "Widget/x", "Polished");
  const row = w.done();
  const { en = [] } = row.templates;
  const run = readRun({ ...row, templates: { en, zh: en.map((_, i) => (i === 1 ? "{node} ← {name}" : "")) } });

  it("is made of its template, its object and its own fields", () => {
    expect([0, 1, 2, 3].map((event) => textOf(run, event))).toEqual([
      "pod pg-0 is scheduled to n-a",
      "Pod pg-1 is Ready",
      "pod pg-1 is scheduled to n-b",
      "Widget/x Polished",
    ]);
  });

  it("is told in another language where that has it, whatever the order of its fields", () => {
    expect([0, 1, 2].map((event) => textOf(run, event, "zh"))).toEqual([
      "n-a ← pg-0",
      "Pod pg-1 is Ready",
      "n-b ← pg-1",
    ]);
  });

  it("has words in another language where they are words, and names as they are", () => {
    const v = new Writer("two");
    v.at(1, "Member/primary", "Role", { text: "{name} is now {role}", fields: ["primary"], why: "it leads" });
    const two = v.done();
    const place = (text: string): string => String(two.strings.indexOf(text));
    const told = readRun({
      ...two,
      templates: { en: two.templates.en ?? [], zh: ["", "{name} 现在是{role}"] },
      words: { zh: { role: { [place("primary")]: "主库" }, why: { [place("it leads")]: "它领导" } } },
    });
    expect(sentence(told, 0, "zh")).toBe("primary 现在是主库，原因：它领导");
    expect(sentence(told, 0)).toBe("primary is now primary, because it leads");
  });
});
