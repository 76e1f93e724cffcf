import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { documentOf, failover, managed } from "../fixture";
import { closed, launched, lettersDrawn, moduleText, opened, pageOf, SKIPPED, violations, written } from "./browser";

let browser: Browser | undefined;
let address = "";

beforeAll(async () => {
  if (SKIPPED) return;
  address = pageOf(documentOf([failover("fast"), failover("slow", "Takes over late", 95), managed()]), "access");
  const around =
    '<style>footer { opacity: .3 } * { color: red; border-radius: 0; stroke-linecap: butt }</style><button class="letter" id="own">x</button>';
  pageOf(documentOf(), "report", around);
  browser = await launched();
});
afterAll(() => closed(browser));

describe.skipIf(SKIPPED)("whoever cannot see or point", () => {
  it.each([
    ["the picture, light", "#t=70&show=fast,slow&theme=light", []],
    ["the picture, dark, chosen", "#t=70&show=fast&theme=dark", ["Tab", "click:[data-key='Pod/pg-0']"]],
    ["the picture, projector, at the end, in Chinese", "#t=120&show=fast,slow&theme=projector&lang=zh", []],
    ["the table, dark", "#t=70&show=fast,slow&theme=dark&view=table", []],
    ["an address that is not understood", "#t=soon&show=nobody&theme=dark", []],
    ["what is outside the cluster", "#t=70&show=managed&theme=light", []],
    ["the help", "#t=0&show=fast&theme=light", ["?"]],
    ["presenter mode", "#t=90&show=fast&theme=dark&presenter", ["n"]],
  ])("finds nothing in the way: %s", async (_name, hash, keys) => {
    // high enough that the help and the inspector do not scroll: what is out of sight nobody can judge
    const opens = keys.some((key) => key === "?" || key.startsWith("click:"));
    const { page, close } = await opened(browser!, address + hash, { height: opens ? 1300 : 720 });
    await page.waitForSelector(".frame");
    for (const key of keys) {
      if (key.startsWith("click:")) await page.locator(key.slice(6)).click();
      else await page.keyboard.press(key);
    }
    expect(await violations(page)).toEqual([]);
    await close();
  });

  it("is told where letters of the picture are too faint, whatever axe makes of them", async () => {
    const { page, close } = await opened(browser!, `${address}#t=70&show=fast&theme=dark`);
    await page.waitForSelector(".stage");
    expect((await lettersDrawn(page)).length).toBeGreaterThan(20);
    expect(await violations(page)).toEqual([]);
    await page.locator("#statesim-stage").evaluate((stage) => {
      const faint = document.createElement("style");
      faint.textContent = ".statesim-replay .stage .pod .name { fill: #555e68 !important }";
      stage.shadowRoot?.append(faint);
    });
    expect((await violations(page)).filter((each) => each.startsWith("contrast 1."))).not.toEqual([]);
    await close();
  });
});

describe.skipIf(SKIPPED)("inside another page", () => {
  it("is not touched by that page's styles, and does not touch them", async () => {
    const { page, close } = await opened(browser!, address.replace("access", "report"));
    await page.waitForSelector(".stage");
    expect(await page.locator(".dock").evaluate((dock) => getComputedStyle(dock).opacity)).toBe("1");
    expect(
      await page
        .locator("pattern path")
        .first()
        .evaluate((line) => getComputedStyle(line).color),
    ).not.toBe("rgb(255, 0, 0)");
    expect(await page.locator("#own").evaluate((own) => getComputedStyle(own).borderRadius)).toBe("0px");
    await close();
  });
});

describe.skipIf(SKIPPED)("in a notebook", () => {
  it("is drawn into the cell that anywidget hands over, and goes without a trace", async () => {
    const { page, asked, errors, close } = await opened(
      browser!,
      written("<!doctype html><title>cell</title><div id=cell></div>", "cell"),
    );
    const { deflateRawSync } = await import("node:zlib");
    const bytes = [...deflateRawSync(JSON.stringify(documentOf()))];
    const left = await page.evaluate(
      async ([source, packed]) => {
        // written so that no tool rewrites it: the import is the browser's
        const load = new Function("url", "return import(url)");
        const module = await load(URL.createObjectURL(new Blob([source as string], { type: "text/javascript" })));
        const el = document.getElementById("cell")!;
        const view = new DataView(Uint8Array.from(packed as number[]).buffer);
        const model = { get: (name: string) => (name === "document" ? view : undefined) };
        const stop = await module.default.render({ model, el });
        const title = el.shadowRoot?.querySelector("h1")?.textContent;
        stop();
        return [title, el.childElementCount, el.shadowRoot?.childElementCount];
      },
      [moduleText(), bytes] as const,
    );
    expect(left).toEqual(["A node dies under a database", 0, 0]);
    expect(asked.filter((each) => !each.startsWith("blob:"))).toEqual([]);
    expect(errors).toEqual([]);
    await close();
  });
});

/** Pages that statesim itself has written: the Python tests say where they are. */
const real = process.env.REPLAY_PAGES;

describe.skipIf(SKIPPED || !real)("pages as statesim writes them", () => {
  const pages = real ? readdirSync(real).filter((name) => name.endsWith(".html")) : [];

  it.each(pages)("%s plays from a file, asks for nothing, and keeps nobody out", async (name) => {
    const { page, asked, errors, close } = await opened(browser!, pathToFileURL(`${real}/${name}`).href);
    await page.waitForSelector(".stage");
    for (const key of ["Shift+ArrowRight", "PageDown", "ArrowLeft", "PageDown"]) await page.keyboard.press(key);
    expect(await page.locator(".stage .pod, .stage .node").count()).toBeGreaterThan(0);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press("End");
    expect(await page.locator(".outcome").count()).toBeGreaterThan(0);
    expect([asked, errors]).toEqual([[], []]);
    await close();
  });
});

/** Reports as statesim writes them, each with a replay inside. */
const reports = process.env.REPLAY_REPORTS;

describe.skipIf(SKIPPED || !reports)("reports as statesim writes them", () => {
  const pages = reports ? readdirSync(reports).filter((name) => name.endsWith(".html")) : [];
  // each scheme and each language once: neither changes what the other does
  const each = pages.flatMap((name) => [[name, "light", "en"] as const, [name, "dark", "zh"] as const]);

  it.each(each)("%s keeps nobody out, %s, its replay in %s", async (name, colorScheme, lang) => {
    const { page, asked, errors, close } = await opened(
      browser!,
      `${pathToFileURL(`${reports}/${name}`).href}#t=70&lang=${lang}`,
      { colorScheme },
    );
    await page.waitForSelector(".stage");
    expect(await page.locator(`.frame.theme-${colorScheme}`).count()).toBe(1);
    expect(await page.locator("main").count()).toBe(1);
    expect(await violations(page)).toEqual([]);
    expect([asked, errors]).toEqual([[], []]);
    await close();
  });
});
