import { describe, expect, it } from "vitest";
import { valueWord } from "../../src/view/inspector";
import { state } from "../../src/words/say";

/** What a process is, as documents say it (statesim/analysis/folded.py). */
const PROCESS = ["starting", "listening", "recovering", "frozen", "dead", "stopped", "twice"];

describe("a value of an attribute", () => {
  it.each(PROCESS)("has a word in both languages: process %s", (value) => {
    const said = (["en", "zh"] as const).map((language) =>
      valueWord({ state: (group, name) => state(language, group, name) }, "process", value),
    );
    expect(said[0]).not.toBe("");
    expect(said[1]).toMatch(/^[^a-z]+$/i);
  });
});
