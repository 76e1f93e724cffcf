/** Whoever watches can guess first: what has not been played is in no part of the page. And what has been is drawn, where it was. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ReplayDocument, VariantRow } from "../../src/document/types";
import { documentOf, failover } from "../fixture";
import { closed, launched, opened, pageOf, SKIPPED } from "./browser";

const S = 1e6;
const DURATION_S = 120;

let browser: Browser | undefined;
let address = "";
let otherwise = "";

/** A run that loses nothing, and one that is the same up to its 60th second: then it is out for longer, and has lost what came before. */
function ending(badly: boolean): ReplayDocument {
  const row: VariantRow = failover("fast", "A database", badly ? 95 : 84);
  const { shop } = row.traffic!;
  const storm = shop!.failed.map((count) => (badly ? 9 * count : count));
  const lost = shop!.acked.map((count, s) => (badly && s >= 40 && s < 60 ? count : 0));
  const { scenario, chapters } = documentOf();
  const last = { t_us: 84 * S, title: badly ? "Nobody takes over" : "Another one takes over" };
  return {
    ...documentOf([{ ...row, traffic: { shop: { ...shop!, failed: storm, lost } } }]),
    scenario: {
      ...scenario,
      description: badly ? "It ends badly." : "It ends well.",
      look_for: [badly ? "What `shop` lost." : "What `shop` kept."],
    },
    chapters: [...chapters!.slice(0, 2), last],
  };
}

beforeAll(async () => {
  if (SKIPPED) return;
  address = pageOf(ending(true), "badly");
  otherwise = pageOf(ending(false), "well");
  browser = await launched();
});
afterAll(() => closed(browser));

async function open(hash: string, at = address) {
  const { page, close } = await opened(browser!, at + hash);
  await page.waitForSelector(".strip svg");
  return { page, close };
}

/** Return everything that a page has drawn and written, its style sheet left out. */
const everything = (page: Page): Promise<string> =>
  page.locator("#statesim-stage").evaluate((stage) => stage.shadowRoot!.querySelector(".frame")!.outerHTML);

interface Span {
  kind: string;
  from: number;
  to: number;
}

/** Return where the strip's drawings of a kind begin and end, in seconds of the run. */
function spansOf(page: Page, kinds: readonly string[]): Promise<Span[]> {
  return page.locator(".strip").evaluate(
    (strip, [names, length]) => {
      const { left, width } = strip.getBoundingClientRect();
      const s = (x: number) => Math.round((10 * (x - left) * (length as number)) / width) / 10;
      return (names as string[]).flatMap((kind) =>
        [...strip.querySelectorAll<SVGGraphicsElement>(`svg path.t-${kind}`)]
          .filter((path) => path.getAttribute("d") !== "" && path.getAttribute("fill") !== "none")
          .map((path) => {
            const box = path.getBoundingClientRect();
            return { kind, from: s(box.left), to: s(box.right) };
          }),
      );
    },
    [kinds, DURATION_S] as const,
  );
}

const KINDS = ["answered", "failed", "missing", "outage"];
const WHOLE = [
  { kind: "answered", from: 22, to: 120 },
  { kind: "failed", from: 60, to: 97 },
  { kind: "missing", from: 40, to: 60 },
  { kind: "outage", from: 60, to: 97 },
];
/** Bars are as wide as a step of the traffic, bands leave half a line out on each side. */
const NEAR_S = 0.3;

async function expectSpans(page: Page, spans: readonly Span[]): Promise<void> {
  await expect.poll(async () => (await spansOf(page, KINDS)).map(({ kind }) => kind)).toEqual(spans.map((s) => s.kind));
  const found = await spansOf(page, KINDS);
  spans.forEach(({ kind, from, to }, i) => {
    expect(Math.abs(found[i]!.from - from), `${kind} begins at ${found[i]!.from}`).toBeLessThanOrEqual(NEAR_S);
    expect(Math.abs(found[i]!.to - to), `${kind} ends at ${found[i]!.to}`).toBeLessThanOrEqual(NEAR_S);
  });
}

describe.skipIf(SKIPPED)("the room can guess first", () => {
  it.each(["#t=0", "#t=59", "#t=59&presenter", "#t=59&view=table"])(
    "two runs that differ only in what comes later are the same page: %s",
    async (hash) => {
      const [bad, good] = [await open(hash), await open(hash, otherwise)];
      for (const keys of [["?"], ["Escape", "Home", "n"]]) {
        for (const key of keys) for (const each of [bad, good]) await each.page.keyboard.press(key);
        expect(await everything(bad.page)).toBe(await everything(good.page));
      }
      await bad.page.keyboard.press("End");
      expect(await everything(bad.page)).not.toBe(await everything(good.page));
      await bad.close();
      await good.close();
    },
  );

  it("has nothing on the strip at the beginning but the flags of the faults, and says that it is not yet played", async () => {
    const { page, close } = await open("#t=0");
    await expectSpans(page, []);
    expect(await page.locator(".unplayed").textContent()).toContain("not yet played");
    expect(await page.locator(".flag").textContent()).toContain("power cut");
    expect(await page.locator(".chapters option").allTextContents()).toEqual([
      "0:00  Before anything happens",
      "1:00  not yet played",
      "1:24  not yet played",
    ]);
    expect(await page.locator(".leaf").last().getAttribute("title")).toBe("not yet played");
    await close();
  });

  it("draws what has been reached, and keeps it when one goes back", async () => {
    const { page, close } = await open("#t=70");
    const sofar = [
      { kind: "answered", from: 22, to: 60 },
      { kind: "failed", from: 60, to: 70 },
      { kind: "outage", from: 60, to: 70 },
    ];
    await expectSpans(page, sofar);
    await page.keyboard.press("Home");
    await expectSpans(page, sofar);
    const edge = await page.locator(".unplayed").evaluate((band) => {
      const strips = band.parentElement!.getBoundingClientRect();
      return (band.getBoundingClientRect().left - strips.left) / strips.width;
    });
    expect(edge * DURATION_S).toBeCloseTo(70, 0);
    await close();
  });

  it("tells all of it once the end was reached, wherever one goes then", async () => {
    const { page, close } = await open("#t=0");
    await page.keyboard.press("End");
    await page.keyboard.press("Home");
    await expectSpans(page, WHOLE);
    expect(await page.locator(".unplayed").count()).toBe(0);
    expect(await page.locator(".chapters option").last().textContent()).toBe("1:24  Nobody takes over");
    await page.keyboard.press("?");
    expect(await page.locator("dialog .about").textContent()).toContain("It ends badly.");
    expect(await page.locator("dialog .about code").textContent()).toBe("shop");
    await close();
  });

  it("tells all of it while it is asked to, by key and by button", async () => {
    const { page, close } = await open("#t=0");
    await page.keyboard.press("o");
    await expectSpans(page, WHOLE);
    expect(await page.locator(".headline").count()).toBe(1);
    await page.getByRole("button", { name: "Outcome" }).click();
    await expectSpans(page, []);
    expect(await page.locator(".headline").count()).toBe(0);
    await close();
  });

  it("tells of an event that is looked at only what it has led to so far", async () => {
    const { page, close } = await open("#t=95");
    await page.locator(".subtitle").click();
    const led = () => page.locator(".inspector .events li").allTextContents();
    expect(await led()).toEqual(["1:35.0pg-1 is now primary"]);
    await page.keyboard.press("o");
    expect(await led()).toEqual(["1:35.0pg-1 is now primary", "1:37.0the first write of shop succeeds again"]);
    await close();
  });
});

describe.skipIf(SKIPPED)("the strip", () => {
  it("has a flag, and a line, where each fault strikes, in the variants in which it does", async () => {
    const faults = [
      { start_us: 30 * S, label: "switchover" },
      { start_us: 60 * S, label: "power cut" },
    ];
    const made = pageOf(documentOf([failover("one"), { ...failover("two"), faults }]), "flags");
    const { page, close } = await open("#t=0&show=one,two", made);
    await page.waitForSelector(".flag");
    const drawn = await page.locator(".strips").evaluate((strips) => {
      const { left, width } = strips.getBoundingClientRect();
      const s = (x: number) => Math.round((120 * (x - left)) / width);
      const middle = (it: Element) => s(it.getBoundingClientRect().left + it.getBoundingClientRect().width / 2);
      return {
        flags: [...strips.querySelectorAll(".flag")].map((flag) => [
          middle(flag.querySelector("svg")!),
          flag.textContent,
        ]),
        lines: [...strips.querySelectorAll(".strip")].map((strip) =>
          [...strip.querySelectorAll(".fault-line")].map(middle),
        ),
      };
    });
    expect(drawn.flags).toEqual([
      [30, "B: switchover"],
      [60, "power cut"],
    ]);
    expect(drawn.lines).toEqual([[60], [30, 60]]);
    await page.locator(".flag").first().click();
    expect(await page.locator(".clock").textContent()).toContain("0:30.0");
    await close();
  });

  it("is as high as there are answers, and gives each client a lane", async () => {
    const { page, close } = await open("#t=120");
    const heights = await page.locator(".strip").evaluate((strip) =>
      ["answered", "failed"].map((kind) => {
        const box = strip.querySelector(`path.t-${kind}`)!.getBoundingClientRect();
        return box.height / strip.getBoundingClientRect().height;
      }),
    );
    // of 18 failed operations a second and 5 answered ones, not at the same time
    expect(heights[1]! / heights[0]!).toBeCloseTo(18 / 5, 0);
    expect(heights[1]).toBeCloseTo(0.86, 1);
    await close();
  });
});
