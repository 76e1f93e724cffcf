/** Whatever is on the stage can be chosen: also places, lines, flags, and what stands behind a pod. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentOf, failover } from "../fixture";
import { closed, launched, type Opened, opened, pageOf, SKIPPED } from "./browser";

let browser: Browser | undefined;
let address = "";

beforeAll(async () => {
  if (SKIPPED) return;
  address = pageOf(documentOf([failover("fast"), failover("slow", "Takes over late", 95)]), "choosing");
  browser = await launched();
});
afterAll(() => closed(browser));

async function open(hash: string): Promise<Opened> {
  const found = await opened(browser!, `${address}${hash}`, { reducedMotion: "reduce" });
  await found.page.waitForSelector(".stage .node");
  return found;
}

/** Click beside the middle of a line, so many pixels to its side. */
async function clickLine(page: Page, line: string, asidePx = 0, share = 0.9): Promise<void> {
  const at = await page.locator(line).evaluate(
    (it, [aside, along]) => {
      const path = it.querySelector<SVGPathElement>("path.line")!;
      const long = path.getTotalLength() * along!;
      const there = path.getScreenCTM()!;
      const on = path.getPointAtLength(long).matrixTransform(there);
      const next = path.getPointAtLength(long + 0.5).matrixTransform(there);
      const length = Math.hypot(next.x - on.x, next.y - on.y);
      return {
        x: on.x - ((next.y - on.y) / length) * aside!,
        y: on.y + ((next.x - on.x) / length) * aside!,
      };
    },
    [asidePx, share] as const,
  );
  await page.mouse.click(at.x, at.y);
}

const title = (page: Page) => page.locator(".inspector h2");
const related = (page: Page) => page.locator(".inspector .related button");

describe.skipIf(SKIPPED)("a click", () => {
  it("on a zone tells its nodes, what they run, and the faults that struck there", async () => {
    const { page, close } = await open("#t=70&show=fast");
    await page.locator("[data-key='Zone/a'] text").click();
    expect(await title(page).textContent()).toBe("Zone a");
    expect(await related(page).allTextContents()).toEqual([
      "Node n-a no power, Ready",
      "Pod pg-0 dead, Ready",
      "Node n-a-2 runs, Ready",
      "Volume v-0 attached",
    ]);
    expect(await page.locator(".inspector .events").textContent()).toContain("node n-a loses its power");
    expect(await page.locator(".inspector .events").textContent()).toContain("power cut (Node/n-a)");
    await close();
  });

  it.each([0, -4.5, 4.5])(
    "on a wire, %d px beside it, tells its sessions: how many, since when, why",
    async (aside) => {
      const { page, close } = await open("#t=90&show=fast");
      await clickLine(page, ".wire", aside, 0.5);
      expect(await title(page).textContent()).toBe("Sessions shop → pg-1");
      const told = await page.locator(".inspector dl").textContent();
      expect(told).toContain("open sessions10");
      expect(told).toContain("open since1:26.0");
      expect(await page.locator(".chain").textContent()).toContain("the first write of shop succeeds again");
      expect(await page.locator(".events").textContent()).toContain("1:26.0");
      expect(await page.locator(".wire.chosen").count()).toBe(1);
      await close();
    },
  );

  it("on a wire's number is one on the wire, and so is one on the wire of sessions that nobody answers", async () => {
    const { page, close } = await open("#t=70&show=fast");
    await clickLine(page, ".wire.cut", 0, 0.999);
    expect(await title(page).textContent()).toBe("Sessions shop → pg-0");
    await close();
  });

  it("on a cable tells of the volume; farther away, of what lies there", async () => {
    const { page, close } = await open("#t=50&show=fast");
    const first = ".cable:first-child";
    await clickLine(page, first, 4.5, 0.6);
    expect(await title(page).textContent()).toBe("Volume v-0");
    expect(await page.locator(".cable.chosen").count()).toBe(1);
    await clickLine(page, first, 4.5, 0.6);
    expect(await title(page).count()).toBe(0);
    await clickLine(page, first, 9, 0.6);
    expect(await title(page).textContent()).not.toBe("Volume v-0");
    await close();
  });

  it("on a fault's flag goes to its instant and tells what it led to", async () => {
    const { page, close } = await open("#t=10&show=fast,slow");
    await page.locator(".flag").click();
    expect(await page.locator(".clock").textContent()).toContain("1:00.0");
    expect(await title(page).textContent()).toBe("power cut");
    expect(await page.locator(".inspector").textContent()).toContain("node n-a loses its power");
    await close();
  });
});

describe.skipIf(SKIPPED)("the keyboard alone", () => {
  it("reaches sessions, volume, Service and workload from a pod", async () => {
    const { page, close } = await open("#t=90&show=fast");
    const kinds = ["Sessions", "Volume", "Service", "StatefulSet", "Node"];
    await page.keyboard.press("Tab");
    for (const kind of kinds) {
      await page.locator("[data-key='Pod/pg-1']").focus();
      await page.keyboard.press("Enter");
      const link = related(page).filter({ hasText: new RegExp(`^${kind} `) });
      await link.focus();
      await page.keyboard.press("Enter");
      expect(await title(page).textContent()).toMatch(new RegExp(`^${kind} `));
      await page.keyboard.press("Escape");
    }
    await close();
  });

  it("has no more than one stop for each thing that is drawn, and none for lines", async () => {
    const { page, close } = await open("#t=90&show=fast");
    const stops = await page
      .locator(".stage [tabindex]")
      .evaluateAll((all) => all.map((it) => it.getAttribute("data-key")));
    expect(new Set(stops).size).toBe(stops.length);
    expect(stops.filter((key) => key?.startsWith("Sessions/"))).toEqual([]);
    await close();
  });
});
