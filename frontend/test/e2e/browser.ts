/** A real browser, pages in files, and what a page must never do. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, chromium, type Page } from "playwright-core";
import type { ReplayDocument } from "../../src/document/types";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
export const CHROMIUM = process.env.CHROMIUM ?? PLACES.find((path) => existsSync(path));
/** Where there is no browser, these tests are left out; on the machine that decides, they fail instead. */
export const SKIPPED = CHROMIUM === undefined && process.env.CI !== "true";

const MODULE = new URL("../../../statesim/views/replay/stage.js", import.meta.url);
export const moduleText = (): string => readFileSync(MODULE, "utf8");

const folder = mkdtempSync(join(tmpdir(), "replay-"));

export async function launched(): Promise<Browser> {
  if (!CHROMIUM)
    throw new Error(`no browser: install chromium, or say where it is in CHROMIUM (looked at ${PLACES.join(", ")})`);
  return chromium.launch({ executablePath: CHROMIUM, args: ["--no-sandbox"] });
}

export async function closed(browser: Browser | undefined): Promise<void> {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
}

/** Write a page as `statesim replay` does; return its address. */
export function pageOf(document: ReplayDocument, name: string, around = ""): string {
  const packed = deflateRawSync(JSON.stringify(document)).toString("base64");
  const module = moduleText().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title>
<style>html, body { margin: 0; height: 100%; } #statesim-stage { height: 100%; }</style></head>
<body>${around}<div id="statesim-stage"></div>
<script type="application/octet-stream" id="statesim-replay">${packed}</script>
<script type="module">${module}</script></body></html>`;
  return written(html, name);
}

export function written(html: string, name: string): string {
  const path = join(folder, `${name}.html`);
  writeFileSync(path, html);
  return pathToFileURL(path).href;
}

export interface Opened {
  page: Page;
  /** Addresses that the page asked for, itself left out. */
  asked: string[];
  /** What went wrong in it. */
  errors: string[];
  close(): Promise<void>;
}

interface How {
  width?: number;
  height?: number;
  reducedMotion?: "reduce" | "no-preference";
}

/** Open a page with the network off. */
export async function opened(browser: Browser, address: string, how: How = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: how.width ?? 1280, height: how.height ?? 720 },
    offline: true,
    reducedMotion: how.reducedMotion ?? "no-preference",
  });
  const page = await context.newPage();
  const asked: string[] = [];
  const errors: string[] = [];
  page.on("request", (request) => {
    if (request.url().split("#")[0] !== address.split("#")[0]) asked.push(request.url());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  await page.goto(address);
  return { page, asked, errors, close: () => context.close() };
}

/** Return what axe finds wrong, each with the element. Whatever moves is waited for: half faded letters have no contrast. */
export async function violations(page: Page): Promise<string[]> {
  await page.locator("#statesim-stage").evaluate((stage) =>
    Promise.all(
      (stage.shadowRoot as ShadowRoot)
        .getAnimations()
        .filter((a) => a.effect?.getTiming().iterations === 1)
        .map((a) => a.finished.catch(() => null)),
    ),
  );
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.flatMap((each) =>
    each.nodes.map((node) => `${each.id}: ${node.target.join(" ")} ${node.failureSummary}`),
  );
}
