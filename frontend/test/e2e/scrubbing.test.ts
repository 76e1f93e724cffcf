/** A run of 50,000 events and more answers within 50 ms wherever it is scrubbed to. */

import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentOf, long } from "../fixture";
import { closed, launched, opened, pageOf, SKIPPED } from "./browser";

const EVENTS = 50_000;
const SEEKS = 100;
/** Each way is gone so often, and the quickest counts: what the machine adds now and then is not the page's. */
const ROUNDS = 2;

let browser: Browser | undefined;
let made = "";

beforeAll(async () => {
  if (SKIPPED) return;
  const document = { ...documentOf([long(EVENTS)]), chapters: [] };
  document.scenario = { ...document.scenario, duration_us: 25_000e6 };
  made = pageOf(document, "long");
  browser = await launched();
});
afterAll(() => closed(browser));

interface Replay {
  store: {
    durationUs: number;
    players: { run: { events: { count: number } } }[];
    seek(tUs: number): void;
  };
}

/** Numbers from 0 to 1 that are the same each time: a linear congruential generator (Numerical Recipes). */
function* chances(seed: number): Generator<number> {
  for (let x = seed; ; ) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0;
    yield x / 2 ** 32;
  }
}

/** The processor's time, not the clock's: what else the machine does at the moment is not the page's. */
async function busyMs(inside: CDPSession): Promise<number> {
  const { metrics } = await inside.send("Performance.getMetrics");
  return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
}

/** Seek to an instant, let it be drawn, and return what the page says then. */
function sought(page: Page, share: number): Promise<string> {
  return page.evaluate(async (at) => {
    const { store } = (globalThis as unknown as { statesimReplay: Replay }).statesimReplay;
    store.seek(at * store.durationUs);
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const root = globalThis.document.querySelector("#statesim-stage")?.shadowRoot;
    return `${root?.querySelector(".clock")?.textContent} ${root?.querySelector(".subtitle")?.textContent}`;
  }, share);
}

/** Return what each card of the stage says, in the order of places, and whether one must scroll to see it. */
function cardsOf(page: Page): Promise<{ says: string | null; text: string | null; below: boolean }[]> {
  return page.locator("#statesim-stage").evaluate((stage) => {
    const root = stage.shadowRoot as ShadowRoot;
    const end = root.querySelector(".room")?.getBoundingClientRect().bottom ?? 0;
    return [...root.querySelectorAll(".stage .pod")].map((card) => ({
      says: card.getAttribute("aria-label"),
      text: card.textContent,
      below: card.getBoundingClientRect().top > end,
    }));
  });
}

async function scrubbed(
  address: string,
): Promise<{ tookMs: number[]; seen: Set<string>; errors: string[]; count: number }> {
  const { page, errors, close } = await opened(browser!, address);
  await page.waitForSelector(".stage .pod, .stage .node");
  const inside = await page.context().newCDPSession(page);
  await inside.send("Performance.enable", { timeDomain: "threadTicks" });
  const count = await page.evaluate(
    () => (globalThis as unknown as { statesimReplay: Replay }).statesimReplay.store.players[0]?.run.events.count ?? 0,
  );
  const tookMs = new Array<number>(SEEKS).fill(Number.POSITIVE_INFINITY);
  const seen = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const chance = chances(7);
    for (let i = 0; i < SEEKS; i += 1) {
      const began = await busyMs(inside);
      seen.add(await sought(page, chance.next().value as number));
      tookMs[i] = Math.min(tookMs[i] as number, (await busyMs(inside)) - began);
    }
  }
  await close();
  return { tookMs, seen, errors, count };
}

/** A folder with pages that statesim itself has written: the Python tests say where it is. */
const real = process.env.REPLAY_LONG;
const pages: [string, () => string][] = [
  ["made by rule", () => made],
  ...(real ? readdirSync(real).filter((name) => name.endsWith(".html")) : []).map((name): [string, () => string] => [
    `as statesim writes it, ${name}`,
    () => pathToFileURL(`${real}/${name}`).href,
  ]),
];

describe.skipIf(SKIPPED)("a run of 50,000 events", () => {
  it.each(pages)("is scrubbed anywhere within 50 ms of the processor: %s", async (_, address) => {
    const { tookMs, seen, errors, count } = await scrubbed(address());
    expect(count).toBeGreaterThanOrEqual(EVENTS);
    expect(seen.size).toBeGreaterThan(0.9 * SEEKS);
    const all = `ms of each: ${tookMs.map((ms) => ms.toFixed(1)).join(", ")}`;
    expect(Math.min(...tookMs), all).toBeGreaterThan(0.1);
    expect(Math.max(...tookMs), all).toBeLessThan(50);
    expect(errors).toEqual([]);
  });

  it("shows out of sight, too, what is there, once the hand rests", async () => {
    const small = { width: 700, height: 420 };
    const { page, close } = await opened(browser!, `${made}#t=100`, small);
    await page.waitForSelector(".stage .pod");
    for (const share of [0.9, 0.3, 0.55]) await sought(page, share);
    const fresh = await opened(browser!, `${made}#t=${0.55 * 25_000}`, small);
    await fresh.page.waitForSelector(".stage .pod");
    const there = await cardsOf(fresh.page);
    expect(there.filter(({ below }) => below).length).toBeGreaterThan(10);
    await expect.poll(() => cardsOf(page)).toEqual(there);
    await fresh.close();
    await close();
  });
});
