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

/** Where all of 130 pods are others at each instant, few jumps take longer than 50 ms (docs/background/performance.md). */
const ALL_NEW = "rollouts.html";

describe.skipIf(SKIPPED)("a run of 50,000 events", () => {
  it.each(pages)("is scrubbed anywhere within 50 ms of the processor: %s", async (name, address) => {
    const { tookMs, seen, errors, count } = await scrubbed(address());
    expect(count).toBeGreaterThanOrEqual(EVENTS);
    expect(seen.size).toBeGreaterThan(0.9 * SEEKS);
    const all = `ms of each: ${tookMs.map((ms) => ms.toFixed(1)).join(", ")}`;
    expect(Math.min(...tookMs), all).toBeGreaterThan(0.1);
    const allNew = name.includes(ALL_NEW);
    expect(tookMs.filter((ms) => ms < 50).length, all).toBeGreaterThanOrEqual(allNew ? 0.8 * SEEKS : SEEKS);
    expect(Math.max(...tookMs), all).toBeLessThan(allNew ? 100 : 50);
    expect(errors).toEqual([]);
  });
});
