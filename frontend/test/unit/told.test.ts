import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readRun } from "../../src/document/run";
import { Store } from "../../src/model/store";
import { columnsTold, inSteps, lossTold, outagesTold, titlesTold, toldUntil } from "../../src/model/told";
import { columnsOf, scaled } from "../../src/model/traffic";
import { stopWord } from "../../src/view/chapter";
import { press } from "../../src/view/keys";
import { documentOf, Writer } from "../fixture";

const S = 1e6;
const END = 120 * S;
const ALL = Number.POSITIVE_INFINITY;

describe("until when everything may be told", () => {
  it("is the furthest instant so far: going back takes nothing away", () => {
    const store = new Store(documentOf(), { t: 30 * S });
    expect(store.told.value).toBe(30 * S);
    press(store, "ArrowRight", true);
    expect(store.told.value).toBe(60 * S);
    press(store, "Home");
    expect([store.t.value, store.told.value]).toEqual([0, 60 * S]);
    store.toggle();
    store.speed.value = 60;
    store.tick(1.5);
    expect(store.told.value).toBe(90 * S);
  });

  it("is without end once the end was reached, and while outcomes are asked for", () => {
    const store = new Store(documentOf());
    press(store, "o");
    expect(store.told.value).toBe(ALL);
    press(store, "o");
    expect(store.told.value).toBe(0);
    press(store, "End");
    press(store, "Home");
    expect(store.told.value).toBe(ALL);
    expect(toldUntil(END - 1, END, false)).toBe(END - 1);
  });

  it("grows in steps, none of which is early", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8e12 }), fc.double({ min: 0, max: 1, noNaN: true }), (duration, share) => {
        const until = Math.round(duration * share);
        const told = inSteps(until, duration);
        expect(told).toBeLessThanOrEqual(until);
        expect(told).toBeGreaterThan(until - duration / 1000 - 1);
      }),
    );
    expect([inSteps(ALL, END), inSteps(60 * S, END)]).toEqual([ALL, 60 * S]);
  });
});

describe("what is told of clients", () => {
  const out = { client: "shop", f: "write", start_us: 60 * S, end_us: 86 * S };

  it("has no outage that has not begun, and none that ends before it does", () => {
    const ends = (until: number) => outagesTold([out], until, END).map(({ end_us }) => end_us);
    expect(ends(60 * S - 1)).toEqual([]);
    expect(ends(70 * S)).toEqual([70 * S]);
    expect([ends(100 * S), ends(ALL)]).toEqual([[86 * S], [86 * S]]);
    expect(outagesTold([{ ...out, end_us: null }], ALL, END)[0]?.end_us).toBe(END);
  });

  const counts = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 40, maxLength: 40 });

  it("is the same whatever comes later: also how high it is", () => {
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 0, max: 40 }), (one, other, s) => {
        const row = (acked: number[]) => ({ step_us: S, acked, failed: acked, lost: acked });
        const told = (acked: number[]) => scaled(columnsTold(columnsOf(row(acked), 40 * S, 15), s * S, 40 * S, false));
        const changed = [...one.slice(0, s), ...other.slice(s)];
        expect(told(changed)).toEqual(told(one));
        expect(told(one).every(({ x1, lost }) => x1 * 40 <= s + 1e-6 && lost === 0)).toBe(true);
      }),
    );
  });

  it("is all of it in the end", () => {
    const row = { step_us: S, acked: [4, 4, 0], failed: [0, 1, 2], lost: [4, 1, 0] };
    const told = scaled(columnsTold(columnsOf(row, 3 * S, 400), ALL, 3 * S, true));
    expect(told.map(({ acked, failed, lost }) => [acked, failed, lost])).toEqual([
      [0.8, 0, 0.8],
      [0.8, 0.2, 0.2],
      [0, 0.4, 0],
    ]);
  });

  it("calls writes lost when their client does, else when all is told", () => {
    const w = new Writer("x").thing("Client/shop").thing("Client/other");
    w.at(50, "PersistentVolume/v", "Lost");
    w.at(90, "Client/shop", "Lost");
    const run = readRun(w.done());
    const at = (client: string) => [50, 89.9, 90].map((s) => lossTold(run, client, s * S));
    expect(at("shop")).toEqual([false, false, true]);
    expect(at("other")).toEqual([false, false, false]);
    expect(lossTold(run, "other", ALL)).toBe(true);
  });
});

describe("titles of chapters", () => {
  it("are told when they are reached, and before if they name a fault that has its flag", () => {
    const faults = [{ start_us: 60 * S, label: "power cut" }];
    const cut = { t_us: 60 * S, title: "power cut" };
    const back = { t_us: 60 * S, title: "Served again after 5 s: shop" };
    expect(titlesTold([cut], faults, 0)).toBe(true);
    expect([titlesTold([back], faults, 0), titlesTold([cut, back], faults, 0)]).toEqual([false, false]);
    expect(titlesTold([{ ...cut, t_us: 61 * S }], faults, 0)).toBe(false);
    expect(titlesTold([cut, back], faults, 60 * S)).toBe(true);
  });

  it("are kept from lists until then, in both languages", () => {
    const store = new Store(documentOf());
    const words = (language: "en" | "zh") => store.stops.map((stop) => stopWord(store, language, stop));
    expect(words("en")).toEqual(["Before anything happens", "not yet played", "not yet played"]);
    expect(words("zh")).toEqual(["故障之前", "尚未播放", "尚未播放"]);
    store.seek(60 * S);
    expect(words("en")).toEqual(["Before anything happens", "The power is cut", "not yet played"]);
    press(store, "o");
    expect(words("zh")).toEqual(["故障之前", "断电", "另一个成员接管"]);
  });
});
