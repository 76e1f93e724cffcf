/** What is in the scene is drawn, where it is: places, volumes, and the lines between things from end to end. */

import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Mounted } from "../../src/main";
import { documentOf, failover } from "../fixture";
import { closed, launched, opened, pageOf, SKIPPED } from "./browser";

let browser: Browser | undefined;
let address = "";

beforeAll(async () => {
  if (SKIPPED) return;
  address = pageOf(documentOf([failover("fast")]), "drawn");
  browser = await launched();
});
afterAll(() => closed(browser));

interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

/** A line as it is seen: where it begins and ends on the page, what it is, and the number at its end. */
interface Seen {
  kind: string;
  from: { x: number; y: number };
  to: { x: number; y: number };
  count: string;
}

interface Drawn {
  boxes: Record<string, Box>;
  wires: Seen[];
  cables: Seen[];
}

/** Read off the page what is drawn in its only stage; what nobody sees is not drawn. */
function drawn(page: Page): Promise<Drawn> {
  return page.locator("svg.stage").evaluate((stage) => {
    const boxes: Record<string, Box> = {};
    for (const it of stage.querySelectorAll("[data-key]")) {
      const { x, y, width: w, height: h } = it.getBoundingClientRect();
      if (w * h > 0 && getComputedStyle(it).opacity === "1") boxes[it.getAttribute("data-key")!] = { x, y, w, h };
    }
    const lines = (kind: string): Seen[] =>
      [...stage.querySelectorAll(`.${kind}`)].flatMap((it) => {
        const path = it.querySelector<SVGPathElement>("path.line");
        if (!path || getComputedStyle(path).stroke === "none") return [];
        const at = (length: number) => {
          const { x, y } = path.getPointAtLength(length).matrixTransform(path.getScreenCTM()!);
          return { x, y };
        };
        const count = it.querySelector(".count text")?.textContent ?? "";
        return [{ kind: it.getAttribute("class") ?? "", from: at(0), to: at(path.getTotalLength()), count }];
      });
    return { boxes, wires: lines("wire"), cables: lines("cable") };
  });
}

const within = (inner: Box, outer: Box): boolean =>
  inner.x >= outer.x - 1 &&
  inner.y >= outer.y - 1 &&
  inner.x + inner.w <= outer.x + outer.w + 1 &&
  inner.y + inner.h <= outer.y + outer.h + 1;
const inside = ({ x, y }: Seen["from"], box: Box): boolean => within({ x, y, w: 0, h: 0 }, box);
/** Whether a point lies on the left or the right rim of a card (its box is as wide as its rim is thick). */
const onRim = (at: Seen["to"], box: Box, side: "left" | "right"): boolean =>
  Math.abs(at.x - (side === "left" ? box.x : box.x + box.w)) <= 5 && at.y > box.y && at.y < box.y + box.h;

async function open(hash: string, how: Parameters<typeof opened>[2] = { reducedMotion: "reduce" }) {
  const found = await opened(browser!, address + hash, how);
  await found.page.waitForSelector("svg.stage");
  return found;
}

describe.skipIf(SKIPPED)("the picture of an instant", () => {
  it("has zones with their names, nodes in their zones, pods in their nodes, volumes in their zones", async () => {
    const { page, close } = await open("#t=50");
    const { boxes } = await drawn(page);
    for (const [inner, outer] of [
      ["Node/n-a", "Zone/a"],
      ["Node/n-a-2", "Zone/a"],
      ["Node/n-b", "Zone/b"],
      ["Node/n-b-2", "Zone/b"],
      ["Pod/pg-0", "Node/n-a"],
      ["Pod/pg-1", "Node/n-b"],
      ["PersistentVolume/v-0", "Zone/a"],
      ["PersistentVolume/v-1", "Zone/b"],
    ] as const) {
      expect(Object.keys(boxes)).toEqual(expect.arrayContaining([inner, outer]));
      expect([inner, outer, within(boxes[inner]!, boxes[outer]!)]).toEqual([inner, outer, true]);
    }
    expect(await page.locator(".zone text").allTextContents()).toEqual(["zone a", "zone b"]);
    expect((await page.locator(".node .name").allTextContents()).sort()).toEqual(["n-a", "n-a-2", "n-b", "n-b-2"]);
    expect(await page.locator(".volume .name").allTextContents()).toEqual(["data-pg-0", "data-pg-1"]);
    expect(await page.locator(".volume .word").allTextContents()).toEqual(["attached", "attached"]);
    await close();
  });

  it("has a cable from each volume to the pod that uses it, and none before it is attached", async () => {
    const { page, close } = await open("#t=50");
    const { boxes, cables } = await drawn(page);
    expect(cables.map(({ kind }) => kind)).toEqual(["cable attached", "cable attached"]);
    for (const i of [0, 1]) {
      const cable = cables.find(({ from }) => inside(from, boxes[`PersistentVolume/v-${i}`]!));
      expect([i, cable && onRim(cable.to, boxes[`Pod/pg-${i}`]!, "left")]).toEqual([i, true]);
    }
    await page.keyboard.press("Home");
    expect((await drawn(page)).cables).toEqual([]);
    await close();
  });

  it("has a wire from the client to the pod that serves it, with the number of its sessions", async () => {
    for (const [t, pod, count] of [
      [50, "Pod/pg-0", "10"],
      [70, "Pod/pg-0", ""], // nobody answers: a cross stands for the number
      [90, "Pod/pg-1", "10"],
    ] as const) {
      const { page, close } = await open(`#t=${t}`);
      const { boxes, wires } = await drawn(page);
      expect(wires.map((wire) => wire.count)).toEqual([count]);
      const { from, to, kind } = wires[0]!;
      expect(kind.includes("cut")).toBe(count === "");
      const client = boxes["Client/shop"]!;
      expect(from.x > client.x && from.x < client.x + client.w).toBe(true);
      expect(Math.abs(from.y - (client.y + client.h))).toBeLessThanOrEqual(5);
      expect(onRim(to, boxes[pod]!, "right")).toBe(true);
      await close();
    }
    const { page, close } = await open("#t=10");
    expect((await drawn(page)).wires).toEqual([]);
    await close();
  });
});

describe.skipIf(SKIPPED)("the strip of what Kubernetes says", () => {
  it.each([
    [1280, 720],
    [1920, 1080],
  ])("cuts no letter's tail, at %i by %i", async (width, height) => {
    const { page, close } = await open("#t=90&show=fast", { width, height, reducedMotion: "reduce" });
    const touching = await page.locator("svg.stage").evaluate((stage) => {
      const ink = document.createElement("canvas").getContext("2d")!;
      return [...stage.querySelectorAll(".pod > .says")].flatMap((says) => {
        const strip = says.querySelector<SVGGraphicsElement>("path")!.getBBox();
        const rim = Number.parseFloat(getComputedStyle(says.parentElement!.querySelector(".rim")!).strokeWidth) / 2;
        const rows = [...says.querySelectorAll<SVGTextElement>("text")].map((text) => {
          const { fontWeight, fontSize, fontFamily } = getComputedStyle(text);
          ink.font = `${fontWeight} ${fontSize} ${fontFamily}`;
          const { actualBoundingBoxAscent: up, actualBoundingBoxDescent: down } = ink.measureText(text.textContent!);
          const y = Number(text.getAttribute("y"));
          return { words: text.textContent, top: y - up, bottom: y + down, y };
        });
        const bottom = strip.y + strip.height - rim;
        return rows
          .filter((row) => row.bottom > bottom || rows.some((below) => below.y > row.y && below.top < row.bottom))
          .map((row) => `${row.words}: ${row.bottom.toFixed(1)} of ${bottom.toFixed(1)}`);
      });
    });
    expect(await page.locator(".pod > .says text").allTextContents()).toContain("→ pg");
    expect(touching).toEqual([]);
    await close();
  });
});

/** Pages that statesim itself has written: the Python tests say where they are. */
const real = process.env.REPLAY_PAGES;

interface Counted {
  zones: number;
  nodes: number;
  volumes: number;
  cables: number;
  wires: string[];
}

describe.skipIf(SKIPPED || !real)("pages as statesim writes them draw what their runs say", () => {
  const pages = real ? readdirSync(real).filter((name) => name.endsWith(".html")) : [];

  it.each(pages)("%s: zones, nodes, volumes, cables and wires", async (name) => {
    const { page, close } = await opened(browser!, `${pathToFileURL(`${real}/${name}`).href}#t=0`);
    await page.waitForSelector(".stage .node");
    let lines = 0;
    for (const share of [0.05, 0.2, 0.3, 0.5, 0.8]) {
      const [said, seen] = await page.evaluate(async (at): Promise<[Counted, Counted]> => {
        const { store } = (globalThis as unknown as { statesimReplay: Mounted }).statesimReplay;
        store.shown.value = [0];
        store.seek(at * store.durationUs);
        await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
        const { run, fold, plan } = store.players[0]!;
        fold.seek(store.t.value);
        const of = (key: string, attribute: string): string => fold.value(run.byKey.get(key)!, attribute);
        const all = (kind: string) => run.things.filter((thing) => thing.kind === kind);
        const list = (words: string): string[] => words.split(",").filter((word) => word.trim() !== "");
        const volumes = all("PersistentVolume").filter(
          ({ key }) => of(key, "state") !== "" || of(key, "attachment") !== "",
        );
        const there = all("Sessions").filter(
          ({ key, facts }) =>
            Number(of(key, "open")) > 0 && (of(String(facts.pod), "node") !== "" || String(facts.pod).includes("AZ")),
        );
        const stage = document.querySelector("#statesim-stage")!.shadowRoot!.querySelector(".stage")!;
        const drawn = (what: string): number => stage.querySelectorAll(what).length;
        const wires = [...stage.querySelectorAll(".wire")].map((wire) =>
          wire.matches(".cut") ? "cut" : wire.querySelector(".count text")!.textContent!,
        );
        const cut = wires.filter((count) => count === "cut");
        const told = there.map(({ key }) => of(key, "open")).sort();
        return [
          {
            zones: plan.zones.length,
            nodes: all("Node").length,
            volumes: volumes.length,
            cables: volumes.flatMap(({ key }) => [
              ...new Set([...list(of(key, "attached_to")), ...list(of(key, "waiting"))]),
            ]).length,
            wires: cut.length > 0 ? [String(there.length)] : told,
          },
          {
            zones: drawn(".zone path"),
            nodes: drawn(".node path.body"),
            volumes: drawn(".volume path.card"),
            cables: drawn(".cable path.line"),
            wires: cut.length > 0 ? [String(wires.length)] : wires.sort(),
          },
        ];
      }, share);
      expect(seen).toEqual(said);
      lines += seen.wires.length + seen.cables;
    }
    expect(lines).toBeGreaterThan(0);
    await close();
  });
});
