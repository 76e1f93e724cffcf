import { expect, it } from "vitest";
import { spansOf } from "../../src/words/spans";

it("tells code from the prose around it", () => {
  expect(spansOf("see `statesim get x`, then `y`")).toEqual([
    { text: "see ", code: false },
    { text: "statesim get x", code: true },
    { text: ", then ", code: false },
    { text: "y", code: true },
  ]);
  expect(spansOf("one ` alone")).toEqual([{ text: "one ` alone", code: false }]);
  expect(spansOf("")).toEqual([]);
});
