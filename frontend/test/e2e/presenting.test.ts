/** Presenter mode and the focus, in a page of its own and as a part of another. */

import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentOf, failover } from "../fixture";
import { closed, launched, opened, pageOf, partOf, SKIPPED } from "./browser";

let browser: Browser | undefined;
let whole = "";
let part = "";

beforeAll(async () => {
  if (SKIPPED) return;
  const document = documentOf([failover("fast"), failover("slow", "Takes over late", 95)]);
  whole = pageOf(document, "whole");
  part = partOf(document, "part");
  browser = await launched();
});
afterAll(() => closed(browser));

const isPresenting = (page: Page): Promise<boolean> => page.locator(".frame.presenter").isVisible();
const clock = async (page: Page): Promise<string> => (await page.locator(".clock").textContent())!.split(" ")[0]!;
const scrolled = (page: Page): Promise<number> => page.evaluate(() => Math.round(scrollY));

/** Whether what has the focus is in the replay. */
const inside = (page: Page): Promise<boolean> =>
  page.evaluate(() => {
    const focused = document.activeElement?.shadowRoot?.activeElement;
    return focused?.checkVisibility() ?? false;
  });

/** What a presenter does: enter by a button, leaf, play, look closer, leave. */
async function presents(page: Page): Promise<void> {
  await page.locator("#statesim-stage").evaluate((stage) => stage.scrollIntoView({ block: "center" }));
  await page.getByRole("button", { name: "Presenter" }).click();
  await page.waitForSelector(".frame.presenter");
  await expect.poll(() => inside(page)).toBe(true);
  const at = await scrolled(page);
  const began = await clock(page);
  await page.keyboard.press("PageDown");
  expect(await clock(page)).not.toBe(began);
  await page.keyboard.press("Space");
  await page.waitForSelector(".playing");
  await page.keyboard.press("Space");
  await page.waitForSelector(".stage:not(.playing)");
  await page.keyboard.press("End");
  const end = await clock(page);
  await page.keyboard.press("PageUp");
  expect(await clock(page)).not.toBe(end);
  for (const key of ["ArrowRight", "Shift+ArrowRight", "ArrowLeft", "PageDown"]) await page.keyboard.press(key);
  await page.keyboard.press("p");
  expect(await isPresenting(page)).toBe(false);
  await page.keyboard.press("p");
  expect(await isPresenting(page)).toBe(true);
  for (const key of ["Home", "Shift+ArrowRight"]) await page.keyboard.press(key);
  await page.locator("button.subtitle").first().click();
  await page.keyboard.press("Escape");
  expect(await page.locator(".inspector").count()).toBe(0);
  expect(await isPresenting(page)).toBe(true);
  await page.keyboard.press("Escape");
  expect(await isPresenting(page)).toBe(false);
  await page.keyboard.press("p");
  await page.getByRole("button", { name: /Leave presenter mode/ }).click();
  expect(await isPresenting(page)).toBe(false);
  await expect.poll(() => inside(page)).toBe(true);
  await page.keyboard.press("Home");
  expect(await clock(page)).toBe("0:00.0");
  expect(await scrolled(page)).toBe(at);
}

describe.skipIf(SKIPPED)("presenter mode has the keyboard", () => {
  it("in a page of its own", async () => {
    const { page, close } = await opened(browser!, `${whole}#t=30`);
    await page.waitForSelector(".stage");
    await presents(page);
    await close();
  });

  it("as a part of another page, which does not scroll away", async () => {
    const { page, close } = await opened(browser!, `${part}#t=30`);
    await page.waitForSelector(".stage");
    await presents(page);
    await close();
  });

  it("as a part of another page whose address asks for it, while nobody has the focus", async () => {
    const { page, close } = await opened(browser!, `${part}#t=0&presenter`);
    await page.waitForSelector(".frame.presenter");
    await page.keyboard.press("PageDown");
    expect(await page.locator(".banner").textContent()).toContain("The power is cut");
    await page.locator("#own").focus();
    await page.keyboard.press("PageDown");
    expect(await page.locator(".banner").textContent()).toContain("The power is cut");
    await close();
  });
});

describe.skipIf(SKIPPED)("as a part of another page", () => {
  it("takes no key while it is not in use", async () => {
    const { page, close } = await opened(browser!, `${part}#t=30`);
    await page.waitForSelector(".stage");
    for (const key of ["Space", "t", "p", "End"]) await page.keyboard.press(key);
    expect(await clock(page)).toBe("0:30.0");
    expect(await page.locator(".stage").count()).toBeGreaterThan(0);
    await expect.poll(() => scrolled(page)).toBeGreaterThan(0);
    await close();
  });

  it("has the keys after a click anywhere in it, until another part of the page is clicked", async () => {
    const { page, close } = await opened(browser!, `${part}#t=30`);
    await page.waitForSelector(".stage");
    await page.locator(".clock").click();
    await page.keyboard.press("Shift+ArrowRight");
    expect(await clock(page)).toBe("1:00.0");
    await page.locator("#own").click();
    await page.keyboard.press("Shift+ArrowRight");
    expect(await clock(page)).toBe("1:00.0");
    await close();
  });

  it("keeps the focus when what had it is gone", async () => {
    const { page, close } = await opened(browser!, `${part}#t=70&show=fast`);
    await page.waitForSelector(".stage");
    await page.locator(".clock").click();
    await page.locator("[data-key='Pod/pg-1']").focus();
    await page.keyboard.press("Home"); // no pod is there yet
    await expect.poll(() => inside(page)).toBe(true);
    await page.keyboard.press("End");
    await page.waitForSelector(".outcome");
    await close();
  });

  it("plays by Space after a thing was clicked, and chooses by Space what the keyboard went to", async () => {
    const { page, close } = await opened(browser!, `${part}#t=70&show=fast`);
    await page.waitForSelector(".stage");
    await page.locator("[data-key='Pod/pg-1']").click();
    await page.keyboard.press("Space");
    await page.waitForSelector(".playing");
    expect(await page.locator(".inspector h2").textContent()).toContain("pg-1");
    await page.keyboard.press("Space");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.waitForSelector(".inspector");
    expect(await page.locator(".playing").count()).toBe(0);
    await close();
  });
});

/** Reports as statesim writes them, each with a replay inside. */
const reports = process.env.REPLAY_REPORTS;

describe.skipIf(SKIPPED || !reports)("reports as statesim writes them", () => {
  const pages = reports ? readdirSync(reports).filter((name) => name.endsWith(".html")) : [];

  it.each(pages)("%s is presented from the keyboard", async (name) => {
    const { page, errors, close } = await opened(browser!, `${pathToFileURL(`${reports}/${name}`).href}#t=30`);
    await page.waitForSelector(".stage");
    await presents(page);
    expect(errors).toEqual([]);
    await close();
  });
});
