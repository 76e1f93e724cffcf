import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { apiLook, machineLook, podLook, TONES, volumeLook } from "../../src/look/looks";
import { clipped, fitted, LEAST, sized, width } from "../../src/look/measure";
import { ticks } from "../../src/view/scrubber";
import { EN, EN_STATES } from "../../src/words/en";
import { clock, faultWord, headlineIn, length, rate, state, titleIn } from "../../src/words/say";
import { ZH, ZH_STATES } from "../../src/words/zh";

const css = readFileSync(new URL("../../src/look/themes.css", import.meta.url), "utf8");

describe("words", () => {
  it("stand in both languages, every one", () => {
    expect(Object.keys(ZH)).toEqual(Object.keys(EN));
    expect(Object.keys(ZH_STATES)).toEqual(Object.keys(EN_STATES));
    for (const word of [...Object.values(ZH), ...Object.values(ZH_STATES)]) expect(word).not.toBe("");
  });

  it("of a scenario are told in Chinese where it has them, and else in English", () => {
    const told = { title: "A node dies", title_zh: "节点失效" };
    expect([titleIn("en", told), titleIn("zh", told)]).toEqual(["A node dies", "节点失效"]);
    expect(titleIn("zh", { title: "A node dies", title_zh: null })).toBe("A node dies");
    const fault = { label: "power cut n-a-1", label_zh: "n-a-1 断电" };
    expect([faultWord("en", fault), faultWord("zh", fault)]).toEqual(["power cut n-a-1", "n-a-1 断电"]);
    expect(faultWord("zh", { label: "a storm" })).toBe("a storm");
    const outcome = { headline: "nothing lost", headline_zh: "没有丢失数据" };
    expect([headlineIn("en", outcome), headlineIn("zh", outcome)]).toEqual(["nothing lost", "没有丢失数据"]);
  });

  it("that nobody knows speak for themselves", () => {
    expect(state("zh", "truth", "arbiter")).toBe("arbiter");
  });
});

describe("every look", () => {
  const states = Object.keys(EN_STATES).map((key) => key.split("."));
  const tones = states.flatMap(([group, value = ""]) => {
    if (group === "truth") return [podLook(value, "").tone];
    if (group === "api") return [apiLook(value).tone, podLook("", value).tone];
    if (group === "machine") return [machineLook(value).tone];
    return group === "attachment" ? [volumeLook(value).tone] : [];
  });

  it("has a tone with a hatch, and colours for it", () => {
    for (const tone of tones) {
      expect(TONES).toHaveProperty([tone]);
      expect(new RegExp(`\\.t-${tone}\\b`).test(css), tone).toBe(true);
    }
  });

  it("of two states that a pod can be in differs by more than its colour", () => {
    const pods = [
      "primary",
      "replica",
      "serving",
      "read-only",
      "starting",
      "recovering",
      "broken",
      "frozen",
      "dead",
      "twice",
      "stopped",
    ];
    expect(new Set(pods.map((truth) => podLook(truth, "").glyph)).size).toBe(pods.length);
  });
});

describe("numbers", () => {
  it("of time are read off a clock", () => {
    expect([0, 99.24e6, 3725e6, 90_061e6].map((t) => clock(t))).toEqual(["0:00.0", "1:39.2", "1:02:05", "1d 1:01:01"]);
    expect(clock(59.96e6)).toBe("1:00.0");
    expect([clock(600e6, 0), clock(90 * 86_400e6, 0)]).toEqual(["10:00", "90d"]);
  });

  it("of lengths and rates have their unit and the digits that matter", () => {
    expect([0.83e6, 26.8e6, 355e6, 7800e6, 200_000e6].map((t) => length(t))).toEqual([
      "0.8 s",
      "26 s",
      "5 min 55 s",
      "2 h 10 min",
      "2 d 7 h",
    ]);
    expect(length(26.8e6, "zh")).toBe("26 秒");
    expect([0.04, 5.25, 9.97, 48.4, 1204].map(rate)).toEqual(["0.0", "5.3", "10", "48", "1,204"]);
  });

  it("of an axis are round, and at most a dozen", () => {
    for (const s of [5, 60, 600, 1200, 86_400, 31_536_000]) expect(ticks(s * 1e6).length).toBeLessThanOrEqual(12);
    expect(ticks(1200e6)[1]).toBe(120e6);
  });
});

describe("words that must fit", () => {
  it("are made a little smaller first", () => {
    expect(sized("pg-0", 20, 1000)).toBe(20);
    expect(fitted("cassandra-0", sized("cassandra-0", 16, 85), 85)).toBe("cassandra-0");
    expect(sized("cassandra-0", 16, 5)).toBe(LEAST);
  });

  it("lose their middle if they are names, their end if they are sentences", () => {
    const name = "pg-vhjjx28gxm-46bbx";
    expect(fitted(name, 10, 1000)).toBe(name);
    expect(fitted(name, 10, 60)).toMatch(/^pg.*….*bbx$/);
    expect(clipped("waits for its volume", 10, 60)).toMatch(/^waits.*…$/);
    expect(width(fitted(name, 10, 60), 10)).toBeLessThanOrEqual(60);
  });
});
