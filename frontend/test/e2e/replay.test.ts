import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { documentOf, failover } from "../fixture";
import { closed, launched, type Opened, opened, pageOf, SKIPPED } from "./browser";

let browser: Browser | undefined;
let now: Opened | undefined;
let address = "";

beforeAll(async () => {
  if (SKIPPED) return;
  address = pageOf(
    documentOf([
      failover("fast", "Takes over soon", 84),
      failover("slow", "Takes over late", 95),
      failover("third", "The third"),
    ]),
    "failover",
  );
  browser = await launched();
});
afterAll(() => closed(browser));
afterEach(async () => {
  await now?.close();
  now = undefined;
});

async function open(hash = "", how: Parameters<typeof opened>[2] = {}): Promise<Page> {
  now = await opened(browser!, address + hash, how);
  await now.page.waitForSelector(".frame");
  return now.page;
}
const pod = (page: Page, name: string, variant = "fast") =>
  page.locator(`[data-variant=${variant}] [data-key="Pod/${name}"]`);
const clock = async (page: Page): Promise<string> => (await page.locator(".clock").textContent())!.split(" ")[0]!;

describe.skipIf(SKIPPED)("the replay, from a file, with the network off", () => {
  it("opens without an error, and asks for nothing", async () => {
    const page = await open("#t=30");
    await page.keyboard.press("End");
    await page.keyboard.press("?");
    await page.waitForSelector("dialog[open]");
    expect(now!.asked).toEqual([]);
    expect(now!.errors).toEqual([]);
  });

  it("says in its place what is wrong with a document that it cannot play", async () => {
    now = await opened(browser!, pageOf({ ...documentOf(), format: "statesim-replay/0" }, "old"));
    await now.page.waitForSelector("[role=alert]");
    expect(await now.page.textContent("[role=alert]")).toMatch(/write it again with statesim replay/);
  });

  it("plays by itself to the end, and tells the outcome there and not before", async () => {
    const page = await open("#t=99&show=fast");
    expect(await page.locator(".outcome").count()).toBe(0);
    await page.selectOption(".speed select", "60");
    await page.keyboard.press("Space");
    await page.waitForSelector(".outcome");
    expect(await page.textContent(".outcome")).toContain("no writes for 26 s");
    expect(await clock(page)).toBe("2:00.0");
  });

  it("moves along events with the keyboard, and the picture follows", async () => {
    const page = await open("#t=30&show=fast");
    expect(await pod(page, "pg-0").getAttribute("aria-label")).toContain("primary; Kubernetes says Ready");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await clock(page)).toBe("1:00.0");
    expect(await pod(page, "pg-0").getAttribute("aria-label")).toContain("no power; Kubernetes says Ready");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await pod(page, "pg-1").getAttribute("aria-label")).toContain("primary");
    await page.keyboard.press("Shift+ArrowLeft");
    expect(await pod(page, "pg-1").getAttribute("aria-label")).toContain("replica");
  });

  it("scrubs to wherever its time is dragged", async () => {
    const page = await open("#t=0&show=fast");
    const slider = page.getByRole("slider");
    const box = (await slider.boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.75, box.y + box.height / 2);
    expect(await slider.evaluate((input) => Math.round((input as HTMLInputElement).valueAsNumber / 1e6))).toBeCloseTo(
      90,
      -1,
    );
    expect(await slider.getAttribute("aria-valuetext")).toMatch(/^1:/);
  });

  it("sets variants side by side in lockstep, by key and by button", async () => {
    const page = await open("#t=90&show=fast,slow");
    expect(await pod(page, "pg-1", "fast").getAttribute("aria-label")).toContain("primary");
    expect(await pod(page, "pg-1", "slow").getAttribute("aria-label")).toContain("replica");
    await page.keyboard.press("1");
    expect(await page.locator("[data-variant]").count()).toBe(1);
    await page.getByRole("button", { name: "C: The third" }).click();
    expect(await page.locator("[data-variant]").count()).toBe(2);
  });

  it("tells of what is clicked its state, why, and its history", async () => {
    const page = await open("#t=90&show=fast");
    await pod(page, "pg-1").click();
    const panel = page.locator(".inspector");
    expect(await panel.locator("dl").textContent()).toContain("primary");
    expect(await panel.locator(".chain li").allTextContents()).toEqual([
      "1:24.0pg-1 is now primary",
      "1:24.0pg-1 is elected, because the lease has expired",
      "1:00.0the program of pg-0 has ended",
      "1:00.0node n-a loses its power, because the power is cut",
      "1:00.0power cut (Node/n-a)",
    ]);
    await panel.locator(".events button").last().click();
    expect(await clock(page)).toBe("0:01.0");
  });

  it("lets the keyboard alone choose a thing, and let go of it", async () => {
    const page = await open("#t=90&show=fast");
    for (let i = 0; i < 40; i += 1) {
      await page.keyboard.press("Tab");
      if (
        (await page.evaluate(() => document.activeElement?.shadowRoot?.activeElement?.getAttribute("data-key"))) ===
        "Pod/pg-0"
      )
        break;
    }
    await page.keyboard.press("Enter");
    expect(await page.locator(".inspector h2").textContent()).toContain("pg-0");
    await page.keyboard.press("Escape");
    expect(await page.locator(".inspector").count()).toBe(0);
  });

  it("says in words what the pointer or the focus is on, and stops when it leaves or on Escape", async () => {
    const page = await open("#t=90&show=fast");
    const tip = page.locator(".tip");
    expect(await tip.isVisible()).toBe(false);
    await pod(page, "pg-1").hover();
    await tip.waitFor();
    expect(await tip.textContent()).toBe(await pod(page, "pg-1").getAttribute("aria-label"));
    await page.locator(".clock").hover();
    await tip.waitFor({ state: "hidden" });
    await page.keyboard.press("Tab");
    await pod(page, "pg-0").focus();
    await tip.filter({ hasText: "no power" }).waitFor();
    await page.keyboard.press("Escape");
    await tip.waitFor({ state: "hidden" });
    await pod(page, "pg-1").hover();
    await tip.filter({ hasText: "primary" }).waitFor();
    await page.keyboard.press("Home"); // no pod stands there yet: the pointer is on the node
    await tip.filter({ hasText: "node n-b" }).waitFor();
  });

  it("has a legend of every mark that a card may show without its word", async () => {
    const page = await open("#t=0&show=fast");
    await page.keyboard.press("?");
    const legend = page.locator("dialog .legend li");
    for (const word of ["primary", "broken replica", "two at once", "ImagePullBackOff", "Failed", "cut off"])
      expect(await legend.filter({ hasText: word }).locator("path").count()).toBeGreaterThan(1);
  });

  it("has the same instant as a table", async () => {
    const page = await open("#t=70&show=fast");
    await page.keyboard.press("t");
    const row = page.getByRole("row").filter({ hasText: "pg-0" }).filter({ hasText: "n-a" }).filter({ hasText: "Pod" });
    expect(await row.locator("td").allTextContents()).toEqual(["no power", "Ready", "n-a", "1:00.0"]);
    await row.getByRole("button").click();
    expect(await page.locator(".inspector h2").textContent()).toContain("pg-0");
  });

  it("speaks Chinese when asked, and English again", async () => {
    const page = await open("#t=70&show=fast");
    await page.keyboard.press("l");
    expect(await pod(page, "pg-0").getAttribute("aria-label")).toContain("断电");
    expect(await page.locator(".controls .chapters option:checked").textContent()).toContain("断电");
    expect(await page.locator(".frame").getAttribute("lang")).toBe("zh-CN");
    await page.getByRole("button", { name: "English" }).click();
    expect(await pod(page, "pg-0").getAttribute("aria-label")).toContain("no power");
  });

  it("opens in the language that its page asks for, unless its address says another", async () => {
    const address = pageOf(documentOf(), "chinese", "", "zh-CN");
    for (const [hash, lang] of [
      ["", "zh-CN"],
      ["#lang=en", "en"],
    ] as const) {
      const { page, close } = await opened(browser!, address + hash);
      await page.waitForSelector(".stage");
      expect(await page.locator(".frame").getAttribute("lang")).toBe(lang);
      await close();
    }
  });

  it("names the chapter under way with its beginning: what its title tells may be over", async () => {
    const page = await open("#t=60&show=fast");
    const told = () => page.locator(".controls .chapters option:checked").textContent();
    expect(await told()).toContain("1:00  The power is cut");
    await page.keyboard.press("ArrowRight");
    expect(await told()).toBe("since 1:00: The power is cut");
    await page.selectOption(".controls .chapters select", { label: "1:00  The power is cut" });
    expect(await page.locator(".clock").textContent()).toContain("1:00.0");
    await page.keyboard.press("PageDown");
    expect(await told()).toContain("1:24  Another member takes over");
  });

  it("tells what of its address it did not understand, and what is possible, until it is told to go", async () => {
    const page = await open("#t=abc&show=nosuch,slow&theme=purple&lang=xx");
    const notice = page.getByRole("status").filter({ hasText: "not understood" });
    const words = await notice.textContent();
    for (const each of [
      "t=abc",
      "0–120",
      "show=nosuch",
      "fast, slow",
      "theme=purple",
      "projector",
      "lang=xx",
      "en, zh",
    ])
      expect(words).toContain(each);
    expect(await page.locator("[data-variant=slow]").count()).toBe(1);
    await page.keyboard.press("l");
    expect(await page.getByRole("status").first().textContent()).toContain("可以是：fast, slow");
    await page.locator(".notice button").click();
    expect(await page.locator(".notice").textContent()).toBe("");
  });

  it("glides while it plays, and moves nothing for those who asked for less motion", async () => {
    const running = (page: Page) =>
      page
        .locator("#statesim-stage")
        .evaluate((stage) => stage.shadowRoot!.getAnimations().filter((a) => a.playState === "running").length);
    for (const [reducedMotion, moves] of [
      ["no-preference", true],
      ["reduce", false],
    ] as const) {
      const page = await open("#t=30&show=fast", { reducedMotion });
      await page.selectOption(".speed select", "0.5");
      await page.keyboard.press("k");
      await page.waitForSelector(".playing");
      expect((await running(page)) > 0).toBe(moves);
      await now!.close();
    }
  });
});

describe.skipIf(SKIPPED)("presenter mode", () => {
  it("has no letter that matters smaller than 24 points, for one variant on a projector", async () => {
    const page = await open("#t=90&show=fast&presenter", { width: 1920, height: 1080 });
    await page.keyboard.press("n");
    const small = await page.locator("#statesim-stage").evaluate((stage) => {
      const inside = stage.shadowRoot as ShadowRoot;
      const scale =
        inside.querySelector("svg.stage")!.getBoundingClientRect().width /
        (inside.querySelector("svg.stage") as SVGSVGElement).viewBox.baseVal.width;
      const html = [...inside.querySelectorAll(".banner section, .banner span, .variant h2, .subtitle span")].map(
        (e) => [e.textContent, Number.parseFloat(getComputedStyle(e).fontSize)] as const,
      );
      const drawn = [
        ...inside.querySelectorAll(".stage .pod .name, .stage .pod .word, .stage .client .big, .stage .system .big"),
      ].map((e) => [e.textContent, Number.parseFloat(getComputedStyle(e).fontSize) * scale] as const);
      return [...html, ...drawn].filter(([text, size]) => text && size < 32);
    });
    expect(small).toEqual([]);
  });

  it("names the chapter, and its notes when asked", async () => {
    const page = await open("#t=0&show=fast&presenter");
    expect(await page.locator(".banner").textContent()).toContain("1/3Before anything happens");
    await page.keyboard.press("n");
    expect(await page.locator(".banner").textContent()).toContain("Ask the room");
    await page.keyboard.press("PageDown");
    expect(await page.locator(".banner").textContent()).toContain("The power is cut");
  });
});
