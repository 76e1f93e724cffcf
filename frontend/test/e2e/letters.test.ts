import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentOf, failover, long } from "../fixture";
import { closed, launched, opened, pageOf, SKIPPED } from "./browser";

let browser: Browser | undefined;
let few = "";
let many = "";

beforeAll(async () => {
  if (SKIPPED) return;
  few = pageOf(
    documentOf([failover("fast"), failover("slow", "A member that takes over late, and a long title", 95)]),
    "few",
  );
  const crowd = [long(400), { ...long(400), name: "again", title: "A long run again" }];
  many = pageOf(documentOf(crowd), "many");
  browser = await launched();
});
afterAll(() => closed(browser));

interface Sized {
  words: string;
  px: number;
}

/** Return every piece of text that is shown, with how high its letters really are: font size, times the drawing's scale, times zoom. */
function lettersOf(page: Page): Promise<Sized[]> {
  return page.locator("#statesim-stage").evaluate((stage) => {
    const found: Sized[] = [];
    for (const it of (stage.shadowRoot as ShadowRoot).querySelectorAll(".frame *")) {
      const words = [...it.childNodes].map((node) => (node.nodeType === 3 ? node.textContent : "")).join("");
      const { width, height } = it.getBoundingClientRect();
      if (words.trim() === "" || width * height === 0) continue;
      let px = Number.parseFloat(getComputedStyle(it).fontSize);
      if (it instanceof SVGElement) px *= (it as SVGGraphicsElement).getScreenCTM()?.a ?? 0;
      else for (let at: Element | null = it; at; at = at.parentElement) px *= Number(getComputedStyle(at).zoom || 1);
      found.push({ words: words.trim(), px });
    }
    return found;
  });
}

const tooSmall = (letters: Sized[], px: number): string[] =>
  letters.filter((each) => each.px < px - 0.01).map((each) => `${each.px.toFixed(1)} px: ${each.words}`);

const PANES = ["show=fast", "show=fast,slow", "show=fast,slow&lang=zh", "show=fast,slow&view=table"];

describe.skipIf(SKIPPED)("letters at 1280 by 720", () => {
  it.each(PANES)("are 12 px at least: %s", async (panes) => {
    const { page, close } = await opened(browser!, `${few}#t=70&${panes}`);
    await page.waitForSelector(panes.includes("table") ? "table" : ".stage .pod");
    const letters = await lettersOf(page);
    expect(letters.length).toBeGreaterThan(30);
    expect(tooSmall(letters, 12)).toEqual([]);
    await close();
  });

  it.each(["show=long", "show=long,again"])("are 12 px at least where pods are many: %s", async (panes) => {
    const { page, close } = await opened(browser!, `${many}#t=100&${panes}`);
    await page.waitForSelector(".stage .pod");
    const letters = await lettersOf(page);
    expect(letters.length).toBeGreaterThan(60);
    expect(tooSmall(letters, 12)).toEqual([]);
    await close();
  });

  it.each(PANES)("are 16 px at least for the back row: %s", async (panes) => {
    const { page, close } = await opened(browser!, `${few}#t=70&presenter&${panes}`);
    await page.waitForSelector(panes.includes("table") ? "table" : ".stage .pod");
    expect(tooSmall(await lettersOf(page), 16)).toEqual([]);
    await close();
  });

  it("make room for titles and news of any length: nothing is cut off", async () => {
    for (const how of ["", "&presenter"]) {
      const { page, close } = await opened(browser!, `${few}#t=61&show=fast,slow${how}`);
      await page.waitForSelector(".stage .pod");
      const cut = await page.locator("#statesim-stage").evaluate((stage) =>
        [
          ...(stage.shadowRoot as ShadowRoot).querySelectorAll(
            ".top h1, .variant h2, .banner h1 span, .subtitle, .says",
          ),
        ]
          .filter((it) => !(it instanceof SVGElement))
          .filter((it) => getComputedStyle(it).overflow !== "visible" || getComputedStyle(it).whiteSpace === "nowrap")
          .filter((it) => it.scrollHeight > it.clientHeight + 3 || it.scrollWidth > it.clientWidth + 1)
          .map((it) => it.textContent),
      );
      expect(cut).toEqual([]);
      await close();
    }
  });
});

describe.skipIf(SKIPPED)("pictures side by side", () => {
  it("have all of their columns in view as tables, seen from afar", async () => {
    const { page, close } = await opened(browser!, `${few}#t=61&show=fast,slow&view=table&presenter`);
    await page.waitForSelector("table");
    const wide = await page.locator(".room").evaluateAll((rooms) => rooms.map((it) => it.scrollWidth - it.clientWidth));
    expect(wide).toEqual([0, 0]);
    await close();
  });

  it.each(["", "&presenter"])("have the same room, however long their titles are %s", async (how) => {
    const { page, close } = await opened(browser!, `${few}#t=61&show=fast,slow${how}`);
    await page.waitForSelector(".stage .pod");
    const rooms = await page.locator("#statesim-stage").evaluate((stage) =>
      [...(stage.shadowRoot as ShadowRoot).querySelectorAll(".room")].map((room) => {
        const { y, height } = room.getBoundingClientRect();
        return [y, height];
      }),
    );
    expect(rooms).toHaveLength(2);
    expect(rooms[0]).toEqual(rooms[1]);
    await close();
  });
});

/** Pages that statesim itself has written: the Python tests say where they are. */
const real = process.env.REPLAY_PAGES;

describe.skipIf(SKIPPED || !real)("letters of pages as statesim writes them", () => {
  const pages = real ? readdirSync(real).filter((name) => name.endsWith(".html")) : [];

  it.each(pages)("%s: none is smaller than 12 px, none than 16 px for the back row", async (name) => {
    for (const [how, px] of [
      ["", 12],
      ["&presenter", 16],
    ] as const) {
      const { page, close } = await opened(browser!, `${pathToFileURL(`${real}/${name}`).href}#t=70${how}`);
      await page.waitForSelector(".stage .node");
      expect(tooSmall(await lettersOf(page), px)).toEqual([]);
      await close();
    }
  });
});
