/** A real browser, pages in files, and what a page must never do. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { deflateRawSync } from "node:zlib";
import { AxeBuilder } from "@axe-core/playwright";
import type { NodeResult } from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import type { ReplayDocument } from "../../src/document/types";
import { contrast, leastContrast } from "../contrast";

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
export function pageOf(document: ReplayDocument, name: string, around = "", lang = ""): string {
  const packed = deflateRawSync(JSON.stringify(document)).toString("base64");
  const module = moduleText().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--");
  const html = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title>
<style>html, body { margin: 0; height: 100%; } #statesim-stage { height: 100%; }</style></head>
<body>${around}<div id="statesim-stage"${lang && ` lang="${lang}"`}></div>
<script type="application/octet-stream" id="statesim-replay">${packed}</script>
<script type="module">${module}</script></body></html>`;
  return written(html, name);
}

/** Write a page in which the replay is a part, as in a report: there is more above and below it. */
export function partOf(document: ReplayDocument, name: string): string {
  const whole = readFileSync(fileURLToPath(pageOf(document, `${name}-whole`)), "utf8");
  const part = whole.replace(
    '<div id="statesim-stage"></div>',
    '<h1>Report</h1><p style="height: 300px"></p><div id="statesim-stage" data-inline></div><button id="own">x</button><p style="height: 3000px"></p>',
  );
  return written(part.replace("#statesim-stage { height: 100%; }", "#statesim-stage { height: 620px; }"), name);
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
  colorScheme?: "light" | "dark";
}

/** Open a page with the network off. */
export async function opened(browser: Browser, address: string, how: How = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: how.width ?? 1280, height: how.height ?? 720 },
    offline: true,
    reducedMotion: how.reducedMotion ?? "no-preference",
    colorScheme: how.colorScheme ?? "light",
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
  const { violations: found, incomplete } = await new AxeBuilder({ page }).analyze();
  const wrong = found.flatMap((each) =>
    each.nodes.map((node) => `${each.id}: ${node.target.join(" ")} ${node.failureSummary}`),
  );
  const unsure = incomplete.filter((each) => each.id === "color-contrast").flatMap((each) => each.nodes);
  return [...wrong, ...(await unjudged(page, unsure)), ...(await faintLetters(page))];
}

/** Single letters and signs: axe does not judge whether they are letters, the tones' own test judges their colours. */
const SIGNS = ["shortTextContent", "nonBmp"];

/** Return where axe could not tell the contrast, and nobody else does: `faintLetters` judges drawings, a dialog hides what is behind it. */
async function unjudged(page: Page, nodes: readonly NodeResult[]): Promise<string[]> {
  const left: string[] = [];
  const modal = (await page.locator("dialog[open]").count()) > 0;
  for (const node of nodes) {
    const key = String(node.any[0]?.data?.messageKey);
    if (SIGNS.includes(key)) continue;
    const at = node.target.flat().join(" ");
    const where = await page
      .locator(at)
      .first()
      .evaluate((it) => {
        const { color: ink, backgroundColor: ground, fontSize, fontWeight } = getComputedStyle(it);
        const inside = it.closest("dialog") !== null;
        return { drawn: it.closest("svg") !== null, inside, ink, ground, fontSize, fontWeight };
      });
    if (where.drawn && key === "bgOverlap") continue;
    if (key === "elmPartiallyObscuring" && where.ground.startsWith("rgb(")) {
      // it lies over others, on a ground of its own: that one counts
      const least = leastContrast(Number.parseFloat(where.fontSize), Number(where.fontWeight));
      if (contrast(where.ink, where.ground) >= least) continue;
    }
    if (modal && !where.inside) continue;
    left.push(`color-contrast cannot be told (${key}): ${at}`);
  }
  return left;
}

interface Letters {
  words: string;
  ink: string;
  fill: string;
  px: number;
  weight: number;
}

/** Return the texts of drawings that can hardly be told from what they stand on. */
export async function faintLetters(page: Page): Promise<string[]> {
  return (await lettersDrawn(page)).flatMap(({ words, ink, fill, px, weight }) => {
    const ratio = contrast(ink, fill);
    return ratio < leastContrast(px, weight) ? [`contrast ${ratio.toFixed(2)}: ${ink} on ${fill}: ${words}`] : [];
  });
}

/** Return every text of the stages with its colour and the topmost plain colour under its middle. */
export async function lettersDrawn(page: Page): Promise<Letters[]> {
  return page.locator("#statesim-stage").evaluate((stage) => {
    const root = stage.shadowRoot as ShadowRoot;
    if (root.querySelector("dialog[open]")) return [];
    // wires take no pointer, but letters stand on them as well
    const all = document.createElement("style");
    all.textContent = ".statesim-replay .stage * { pointer-events: visiblePainted !important }";
    root.append(all);
    const plain = (it: Element): string | null => {
      const { fill, backgroundColor } = getComputedStyle(it);
      const found = it instanceof SVGElement ? fill : backgroundColor;
      return found.startsWith("rgb(") ? found : null;
    };
    const found = [...root.querySelectorAll<SVGElement>(".stage text, .stage tspan")].flatMap((text) => {
      const own = [...text.childNodes].some((child) => child.nodeType === 3 && child.textContent?.trim());
      const box = text.getBoundingClientRect();
      const under = root
        .elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2)
        .filter((it) => !["text", "tspan"].includes(it.localName))
        .map(plain)
        .find((it) => it !== null);
      // out of view: whoever scrolls there sees the same tones
      if (!own || !under) return [];
      const { fill, fontSize, fontWeight } = getComputedStyle(text);
      const px = (Number.parseFloat(fontSize) * ((text as SVGGraphicsElement).getScreenCTM()?.a ?? 1)) as number;
      return [{ words: text.textContent ?? "", ink: fill, fill: under, px, weight: Number(fontWeight) }];
    });
    all.remove();
    return found;
  });
}
