import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { width } from "../../src/look/measure";
import type { SystemNow } from "../../src/model/scene";
import { Store } from "../../src/model/store";
import { inLine, systemWords } from "../../src/view/system";
import { documentOf, failover } from "../fixture";
import { speaking } from "../speaking";

const store = new Store(documentOf([failover("fast")]));
const thing = store.players[0]!.run.things.find((each) => each.kind === "System")!;
const led: SystemNow = {
  thing: { ...thing, facts: { ...thing.facts, system: "patroni" } },
  begun: true,
  state: "",
  endpoint: "",
  primaries: ["pg-0"],
  running: 3,
  quorum: "kept",
  term: "7",
};
const told = (system: Partial<SystemNow>, room: number, language: "en" | "zh" = "en"): string[] => {
  const { one, facts } = systemWords(speaking(store, language), { ...led, ...system });
  return [one, inLine(facts, 12, room, 600)];
};

describe("what is told of a system", () => {
  it("is who leads it, and the rest as far as there is room, what matters least left out first", () => {
    expect(told({}, 400)).toEqual(["primary pg-0", "pg · patroni · 3 members · term 7"]);
    expect(told({}, 200)[1]).toBe("pg · 3 members · term 7");
    expect(told({}, 120)[1]).toBe("pg · 3 members");
    expect(told({}, 40)[1]).toBe("pg");
  });

  it("is the verdict before all, and never cut, in as little room as a chip ever has", () => {
    const lost = { primaries: [], running: 1, quorum: "lost" };
    expect(told(lost, 400)).toEqual(["no primary", "pg · no majority · patroni · 1 member · term 7"]);
    expect(told(lost, 126)[1]).toBe("pg · no majority");
    expect(told(lost, 126, "zh")).toEqual(["没有主库", "pg · 失去多数派"]);
    fc.assert(
      fc.property(fc.integer({ min: 90, max: 400 }), fc.constantFrom("en", "zh"), (room, language) => {
        const line = told(lost, room, language)[1]!;
        expect(line).toContain(language === "en" ? "no majority" : "失去多数派");
        expect(line).not.toContain("…");
        expect(width(line, 12, 600)).toBeLessThanOrEqual(room);
      }),
      { seed: 3 },
    );
  });

  it("says that two lead even where there is no room for both names", () => {
    const { one, brief, tone } = systemWords(speaking(store, "en"), { ...led, primaries: ["mysql-0", "mysql-1"] });
    expect([one, brief, tone]).toEqual(["TWO primaries: mysql-0, mysql-1", "TWO primaries", "twice"]);
  });
});
