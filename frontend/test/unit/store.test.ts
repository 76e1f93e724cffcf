import { beforeEach, describe, expect, it } from "vitest";
import type { Chapter } from "../../src/document/types";
import { firstShown, MOST_SHOWN, Store } from "../../src/model/store";
import { addressOf, readAddress } from "../../src/view/address";
import { stopTitle } from "../../src/view/chapter";
import { press } from "../../src/view/keys";
import { documentOf, failover } from "../fixture";

let store: Store;
const s = (): number => store.t.value / 1e6;

beforeEach(() => {
  store = new Store(
    documentOf([
      failover("fast", "Fast", 84),
      failover("slow", "Slow", 95),
      failover("c"),
      failover("d"),
      failover("e"),
    ]),
  );
});

describe("time", () => {
  it("steps from event to event, and from notable to notable", () => {
    const seen: number[] = [];
    for (let i = 0; i < 4; i += 1) {
      press(store, "ArrowRight");
      seen.push(s());
    }
    expect(seen).toEqual([1, 4, 20, 21]);
    press(store, "ArrowRight", true);
    expect(s()).toBe(60);
    press(store, "ArrowLeft", true);
    expect(s()).toBe(21);
    press(store, "ArrowLeft");
    expect(s()).toBe(20);
  });

  it("counts the instants of every variant that is shown", () => {
    store.seek(86e6);
    store.jump(1);
    expect(s()).toBe(100);
    store.toggleVariant(1);
    store.seek(86e6);
    store.jump(1);
    expect(s()).toBe(95);
  });

  it("stops at the ends, and plays again from the start", () => {
    press(store, "End");
    press(store, "ArrowRight");
    expect(s()).toBe(120);
    press(store, " ");
    expect([s(), store.playing.value]).toEqual([0, true]);
    store.seek(-5);
    expect(s()).toBe(0);
  });

  it("passes as fast as asked, and not at all while paused", () => {
    store.tick(1);
    expect(s()).toBe(0);
    store.toggle();
    store.speed.value = 10;
    store.tick(0.5);
    expect(s()).toBe(5);
    store.tick(1000);
    expect([s(), store.playing.value]).toEqual([120, false]);
  });

  it("passes by itself, at the automatic speed, to the end of the run", () => {
    store.toggle();
    let ticks = 0;
    while (store.playing.value && ticks < 10_000) {
      store.tick(1 / 60);
      ticks += 1;
    }
    expect(s()).toBe(120);
    expect(ticks / 60).toBeLessThan(75);
  });

  it("leafs through chapters", () => {
    press(store, "PageDown");
    expect([s(), store.stop.value]).toEqual([60, 1]);
    press(store, "PageDown");
    press(store, "PageUp");
    expect(s()).toBe(60);
  });

  const told = (...chapters: Chapter[]) =>
    new Store({ ...documentOf([failover("a"), failover("b"), failover("c")]), chapters });

  it("shows the variants that a chapter tells of to who goes to it", () => {
    const start = { t_us: 0, title: "the start" };
    const ofC = { t_us: 60e6, title: "of c", show: ["c", "not in this run"] };
    const some = told(start, ofC);
    some.shown.value = [0, 1];
    some.choose({ variant: 0 });
    expect(some.hiddenOf([ofC]).map((p) => p.run.name)).toEqual(["c"]);
    press(some, "PageDown");
    expect([some.t.value, some.shown.value, some.chosen.value]).toEqual([60e6, [2], null]);
    some.shown.value = [0, 2];
    some.open({ t_us: ofC.t_us, chapters: [ofC] });
    expect(some.shown.value).toEqual([0, 2]); // it is there already
    some.only(0);
    press(some, "PageUp");
    expect(some.shown.value).toEqual([0]);
    some.seek(70e6);
    expect(some.shown.value).toEqual([0]);
  });

  it("names all variants that a chapter tells of as long as one of them is not shown", () => {
    const some = told({ t_us: 0, title: "an election", show: ["b", "c"] });
    const [stop] = some.stops;
    some.shown.value = [0, 1];
    expect(stopTitle(some, "en", stop!)).toBe("an election (B, C)");
    some.shown.value = [1, 2];
    expect(stopTitle(some, "en", stop!)).toBe("an election");
  });

  it("goes back to the variants that somebody had chosen, where a chapter tells of all alike", () => {
    const some = told(
      { t_us: 0, title: "the start" },
      { t_us: 30e6, title: "of c", show: ["c"] },
      { t_us: 60e6, title: "of b and c", show: ["b", "c"] },
      { t_us: 90e6, title: "the end" },
    );
    some.toggleVariant(1);
    const shown = [30, 60, 90].map(() => {
      press(some, "PageDown");
      return some.shown.value;
    });
    expect(shown).toEqual([[2], [1, 2], [0, 1]]);
    press(some, "PageUp");
    some.only(1);
    press(some, "PageDown");
    expect(some.shown.value).toEqual([1]); // chosen since
  });

  it("has no chapters of what happens in hidden variants alone", () => {
    const some = told(
      { t_us: 0, title: "the start", of: [] },
      { t_us: 30e6, title: "in b and c", of: ["b", "c"] },
      { t_us: 60e6, title: "in a", of: ["a"] },
    );
    expect(some.stops.flatMap((stop) => stop.chapters.map((c) => c.title))).toEqual(["the start", "in a"]);
    press(some, "PageDown");
    expect([some.t.value, some.stop.value]).toEqual([60e6, 1]);
    some.shown.value = [0, 2];
    expect([some.stops.length, some.stop.value]).toEqual([3, 2]);
  });

  it("names all chapters that begin at one instant, and whose they are", () => {
    const start = { t_us: 0, title: "the start", title_zh: "开始" };
    const cut = { t_us: 30e6, title: "power cut", title_zh: "断电", of: ["a", "c"] };
    const late = { t_us: 30e6, title: "served again", title_zh: "恢复服务", of: ["b"] };
    const alike = [{ ...late }, { ...late, of: ["a"] }];
    const some = told(start, cut, ...alike);
    some.shown.value = [0, 1];
    expect(some.stops.map((stop) => stop.t_us)).toEqual([0, 30e6]);
    press(some, "PageDown");
    const title = (language: "en" | "zh" = "en") => stopTitle(some, language, some.stops[some.stop.value]!);
    expect([some.t.value, title()]).toEqual([30e6, "power cut (A); served again"]);
    expect(title("zh")).toBe("断电（A）；恢复服务");
    some.shown.value = [0, 1, 2];
    expect(title()).toBe("power cut (A, C); served again (A, B)");
    some.shown.value = [2];
    expect(title()).toBe("power cut");
    press(some, "PageUp");
    expect([some.t.value, title()]).toEqual([0, "the start"]);
  });

  it("changes speed within its bounds", () => {
    press(store, "-");
    expect(store.speed.value).toBe("auto");
    press(store, "+");
    press(store, "+");
    expect(store.speed.value).toBe(1);
  });
});

describe("variants", () => {
  it("are shown and hidden by their numbers; one always stays", () => {
    press(store, "2");
    expect(store.shown.value).toEqual([0, 1]);
    press(store, "1");
    press(store, "2");
    expect(store.shown.value).toEqual([1]);
  });

  it("are never more than fit: another one takes the place of the first", () => {
    for (const key of ["2", "3", "4", "5"]) press(store, key);
    expect(store.shown.value).toHaveLength(MOST_SHOWN);
    expect(store.shown.value).toContain(4);
  });

  it("take along what was chosen in them when they go", () => {
    store.toggleVariant(1);
    store.choose({ variant: 1, thing: 0 });
    store.toggleVariant(1);
    expect(store.chosen.value).toBeNull();
  });

  it("begin with as many as can be read", () => {
    expect([500, 1280, 1920].map((w) => firstShown(5, w).length)).toEqual([1, 2, 3]);
    expect(firstShown(1, 1920)).toEqual([0]);
  });
});

describe("keys", () => {
  it("that mean nothing are left to the browser", () => {
    expect(press(store, "F5")).toBe(false);
    expect(press(store, "9")).toBe(false);
  });

  it("turn table, presenter, notes, outcomes, theme, language and help", () => {
    for (const key of ["t", "p", "n", "o", "d", "l", "?"]) expect(press(store, key)).toBe(true);
    expect([store.view.value, store.presenter.value, store.notes.value, store.outcomes.value]).toEqual([
      "table",
      true,
      true,
      true,
    ]);
    expect([store.theme.value, store.language.value, store.help.value]).toEqual(["dark", "zh", true]);
    press(store, "Escape");
    expect(store.help.value).toBe(false);
  });
});

describe("the page's address", () => {
  it("leads back to what is shown", () => {
    store.toggleVariant(1);
    store.seek(61.5e6);
    press(store, "d");
    press(store, "l");
    press(store, "p");
    const names = store.players.map((p) => p.run.name);
    const again = new Store(
      documentOf([failover("fast"), failover("slow")]),
      readAddress(addressOf(store), names).settings,
    );
    expect([again.t.value, again.theme.value, again.language.value, again.presenter.value]).toEqual([
      61.5e6,
      "dark",
      "zh",
      true,
    ]);
    expect(again.shown.value).toEqual([0, 1]);
  });

  it("may say nonsense: what is possible is told, and what is understood beside it holds", () => {
    const names = ["fast", "slow"];
    const read = (hash: string) => readAddress(hash, names, 120e6);
    const { settings, misread } = read("#t=soon&show=nobody,slow&theme=pink&lang=fr&view=cube&colour=red&presenter");
    expect(settings).toEqual({ shown: [1], presenter: true });
    expect(misread.map((each) => [each.asked, each.rule])).toEqual([
      ["t=soon", "seconds"],
      ["show=nobody", "words"],
      ["theme=pink", "words"],
      ["lang=fr", "words"],
      ["view=cube", "words"],
      ["colour=red", "words"],
    ]);
    expect(misread[0]?.possible).toEqual(["0", "120"]);
    expect(misread[1]?.possible).toEqual(names);
    expect(read("#t=500").misread).toHaveLength(1);
    expect(read("#t=").misread).toHaveLength(1);
    expect(read("#t=120&show=fast&theme=dark&lang=zh&view=table").misread).toEqual([]);
  });

  it("may ask for more variants than fit", () => {
    const names = ["a", "b", "c", "d", "e"];
    expect(readAddress("#show=a,b,c,d,e", names).misread).toEqual([
      { asked: "show=a,b,c,d,e", rule: "most", possible: ["4"] },
    ]);
    expect(readAddress("#show=a,b,c,d,d", names).misread).toEqual([]);
  });

  it("may be that of a place in the page around: that is none of the replay's business", () => {
    const isPlace = (word: string): boolean => word === "metrics";
    expect(readAddress("#metrics", ["fast"], 120e6, isPlace).misread).toEqual([]);
    expect(readAddress("", ["fast"], 120e6, isPlace).misread).toEqual([]);
  });

  it("may have a word in it that is none of the flags: that is told as well", () => {
    const { settings, misread } = readAddress("#presentr&t=5", ["fast"]);
    expect(settings).toEqual({ t: 5e6 });
    expect(misread.map(({ asked, rule }) => [asked, rule])).toEqual([["presentr", "words"]]);
    expect(misread[0]?.possible).toContain("presenter");
  });
});
