/** `result.replay()` in a cell of JupyterLab: the Python tests start a server and say where its notebook is. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { closed, launched } from "./browser";

const address = process.env.JUPYTERLAB_NOTEBOOK;
let browser: Browser | undefined;

beforeAll(async () => {
  if (address) browser = await launched();
});
afterAll(() => closed(browser));

/** The words of an element, once they are others than before. */
async function changed(page: Page, selector: string, before: string): Promise<string> {
  const words = page.locator(selector).filter({ hasNotText: before });
  await words.waitFor();
  return (await words.textContent()) ?? "";
}

describe.skipIf(!address)("in JupyterLab", () => {
  it("a cell's output plays, and goes on from wherever it is sought to", async () => {
    const context = await browser!.newContext({ viewport: { width: 1280, height: 900 } });
    context.setDefaultTimeout(45_000);
    const page = await context.newPage();
    const errors: string[] = [];
    const elsewhere: string[] = [];
    const home = new URL(address!).origin;
    await context.route(
      (url) => url.protocol.startsWith("http") && url.origin !== home,
      (route) => {
        elsewhere.push(route.request().url());
        return route.abort();
      },
    );
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      if (message.type() === "error") errors.push(`${message.text()} ${message.location().url}`);
    });

    await page.goto(address!);
    await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor();
    // before its kernel is there JupyterLab would ask which one to take
    await page.getByText("Python 3 (ipykernel) | Idle").waitFor();
    await page.getByRole("menuitem", { name: "Run", exact: true }).click();
    await page.getByRole("menuitem", { name: "Run All Cells", exact: true }).click();

    const output = ".jp-OutputArea-output";
    await page.locator(`${output} .stage .pod`).first().waitFor();
    expect(await page.locator(`${output} .frame`).count()).toBe(1);
    // a picture's words are there for whoever does not see it
    const pictures = page.locator(`${output} img`);
    expect(await pictures.count()).toBe(1);
    expect(await pictures.getAttribute("alt")).toContain("docker run, data in a volume of the machine: ");
    expect((await pictures.boundingBox())!.width).toBeGreaterThan(300);
    const clock = `${output} .clock`;
    const began = (await page.locator(clock).textContent()) ?? "";
    expect(began).toContain("0:00.0");
    await page.locator(`${output} .play`).click();
    const later = await changed(page, clock, began);
    expect(await changed(page, clock, later)).not.toBe(began);

    // keys are the replay's only while it has the focus: then End is its end, not the notebook's
    await page.locator(`${output} .play`).press("End");
    await page.locator(`${output} .outcome`).first().waitFor();
    expect(await page.locator(`${output} .frame`).boundingBox()).toMatchObject({ height: 720 });
    // what in a notebook would delete cells, add one, or hide this one, is the replay's theme, or nothing
    const cells = page.locator(".jp-Notebook .jp-CodeCell");
    const had = await cells.count();
    await page.locator(`${output} .clock`).click();
    for (const key of ["d", "d", "b", "o", "Shift+ArrowRight", "Home"]) await page.keyboard.press(key);
    expect(await cells.count()).toBe(had);
    expect(await page.locator(clock).textContent()).toContain("0:00.0");
    await page.getByRole("button", { name: "Presenter" }).click();
    await page.keyboard.press("End");
    await page.locator(`${output} .presenter .outcome`).first().waitFor();
    await page.keyboard.press("Escape");
    expect(await page.locator(`${output} .presenter`).count()).toBe(0);
    // in a cell that is written the same keys are letters
    await cells.last().locator(".cm-content").click();
    await page.keyboard.press("End");
    await page.keyboard.type(" # pd");
    expect(await cells.last().locator(".cm-content").textContent()).toContain("# pd");
    expect(await page.locator(`${output} .presenter`).count()).toBe(0);
    expect(elsewhere).toEqual([]);
    expect(errors).toEqual([]);
    await context.close();
  });
});
