/**
 * Where everything stands: a pure function of what there must be room for and of the room there is.
 *
 * Zones stand beside or below each other, nodes in columns inside them, pods in their nodes, volumes on the zone's shelf.
 * Every arrangement is tried; the one that may be drawn largest wins. All lengths are units; `scale` is pixels per unit.
 */

import type { StagePlan, ZonePlan } from "./plan";

export interface Box {
  x: number;
  y: number;
  w: number;
  h: number;
}

export interface NodeBox extends Box {
  key: string;
  name: string;
  slots: Box[];
  /** Right of it: where the clients' wires come down. Left of it: where the volumes' cables come up. */
  wireX: number;
  cableX: number;
}

export interface ZoneBox extends Box {
  name: string;
  nodes: NodeBox[];
  volumes: Map<string, Box>;
  /** Height of the lane under its name, along which wires run. */
  laneY: number;
  /** Right of the zone: where wires run down to zones that stand lower. */
  railX: number;
  row: number;
}

export interface Layout {
  scale: number;
  w: number;
  h: number;
  strip: Box;
  clients: Map<string, Box>;
  systems: Map<string, Box>;
  busY: number;
  waiting: Box | null;
  zones: ZoneBox[];
}

const GAP = 10;
const ZONE_HEAD = 22;
const NODE_HEAD = 24;
const EMPTY_NODE = 24;
const POD_GAP = 5;
const GUTTER = 15;
const SHELF = 34;
const DRUM_W = 74;
const STRIP_ROW = 46;
const WAITING = 30;
const CHIP_MIN_W = 200;
/** Zones in full rows are easier to read: worth so much of the size. */
const EVEN = 1.15;
/** Around everything, so that no rim is cut. */
export const MARGIN = 2;
const BUS = 16;
const RAIL = 6;
export const POD_MIN_W = 136;
const POD_MIN_H = 46;
const POD_MAX_H = 104;
const SCALES = Array.from({ length: 68 }, (_, i) => 3.6 - i * 0.05);

interface Arrangement {
  zoneColumns: number;
  nodeColumns: number;
}

/**
 * Lay a stage out in a room of so many pixels.
 *
 * `beside` are the plans of the stages that stand next to it, in rooms of the same size: all are arranged alike and
 * drawn at the same scale, so that the eye can compare them.
 */
export function layOut(plan: StagePlan, widthPx: number, heightPx: number, beside: readonly StagePlan[] = []): Layout {
  const plans = [plan, ...beside];
  let best: { how: Arrangement; scale: number; worth: number } | null = null;
  for (const how of arrangementsOf(plans)) {
    const scale = largestScale(plans, how, widthPx, heightPx);
    if (scale === 0) continue;
    const even = Math.max(...plans.map((each) => each.zones.length)) % how.zoneColumns === 0;
    const worth = even ? scale * EVEN : scale;
    if (!best || worth > best.worth) best = { how, scale, worth };
  }
  if (best) {
    const { how, scale } = best;
    const w = widthPx / scale - 2 * MARGIN;
    const h = heightPx / scale - 2 * MARGIN;
    const podH = Math.min(...plans.map((each) => tallest(each, how, w, h, scale)));
    return place(plan, how, w, scale, podH);
  }
  // more than fits at the least scale: in the flattest arrangement whose pods can be read, and the page scrolls
  const scale = SCALES[SCALES.length - 1] as number;
  const w = Math.max(widthPx / scale - 2 * MARGIN, 300);
  const readable = arrangementsOf(plans).filter((how) => podWidth(how, w) >= POD_MIN_W * 0.8);
  const all = (readable.length > 0 ? readable : [{ zoneColumns: 1, nodeColumns: 1 }]).map((how) =>
    place(plan, how, w, scale, POD_MIN_H),
  );
  return all.reduce((best, each) => (each.h < best.h ? each : best));
}

/** Return the largest scale at which all the plans fit a room; 0 if they fit at none. */
function largestScale(plans: readonly StagePlan[], how: Arrangement, widthPx: number, heightPx: number): number {
  const fits = (scale: number): boolean => {
    const w = widthPx / scale - 2 * MARGIN;
    const h = heightPx / scale - 2 * MARGIN;
    return podWidth(how, w) >= POD_MIN_W && plans.every((each) => place(each, how, w, scale, POD_MIN_H).h <= h);
  };
  let low = 0;
  let high = SCALES.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (fits(SCALES[middle] as number)) high = middle;
    else low = middle + 1;
  }
  return SCALES[low] ?? 0;
}

/** Return how tall pods may be, so that all fits. */
function tallest(plan: StagePlan, how: Arrangement, w: number, h: number, scale: number): number {
  let low = POD_MIN_H;
  let high = POD_MAX_H;
  if (place(plan, how, w, scale, high).h <= h) return high;
  for (let i = 0; i < 8; i += 1) {
    const middle = (low + high) / 2;
    if (place(plan, how, w, scale, middle).h <= h) low = middle;
    else high = middle;
  }
  return low;
}

function arrangementsOf(plans: readonly StagePlan[]): Arrangement[] {
  const zones = Math.max(1, ...plans.map((plan) => plan.zones.length));
  const nodes = Math.max(1, ...plans.flatMap((plan) => plan.zones.map((zone) => zone.nodes.length)));
  const found: Arrangement[] = [];
  for (let zoneColumns = zones; zoneColumns >= 1; zoneColumns -= 1) {
    for (let nodeColumns = 1; nodeColumns <= Math.min(nodes, 12); nodeColumns += 1)
      found.push({ zoneColumns, nodeColumns });
  }
  return found;
}

function podWidth(how: Arrangement, w: number): number {
  return nodeWidth(how, w) - 2 * POD_GAP;
}

/** Zones leave room at the right for the wires that run down to lower rows. */
function zoneWidth(how: Arrangement, w: number): number {
  return (w - RAIL - GAP * (how.zoneColumns - 1)) / how.zoneColumns;
}

function nodeWidth(how: Arrangement, w: number): number {
  return (zoneWidth(how, w) - GUTTER) / how.nodeColumns - GUTTER;
}

/** Return the nodes of a zone in columns, each column about as high as the others. */
function columnsOf(zone: ZonePlan, columns: number, podH: number): { heights: number[]; of: number[] } {
  const heights = new Array<number>(columns).fill(0);
  const of = zone.nodes.map((node) => {
    const column = heights.indexOf(Math.min(...heights));
    heights[column] = (heights[column] as number) + nodeHeight(node.slots, podH) + GAP * 0.6;
    return column;
  });
  return { heights, of };
}

function nodeHeight(slots: number, podH: number): number {
  return slots === 0 ? EMPTY_NODE : NODE_HEAD + slots * (podH + POD_GAP) + 1;
}

function place(plan: StagePlan, how: Arrangement, w: number, scale: number, podH: number): Layout {
  const strip = stripOf(plan, w);
  let y = strip.h;
  const busY = y + BUS / 2;
  y += plan.clients.length > 0 ? BUS : 6;
  const zones: ZoneBox[] = [];
  const zoneW = zoneWidth(how, w);
  for (let first = 0, row = 0; first < plan.zones.length; first += how.zoneColumns, row += 1) {
    const some = plan.zones.slice(first, first + how.zoneColumns);
    const boxes = some.map((zone, i) => zoneOf(zone, how, i * (zoneW + GAP), y, zoneW, podH, row));
    const tallest = Math.max(...boxes.map((box) => box.h));
    for (const box of boxes) grow(box, tallest);
    zones.push(...boxes);
    y += tallest + GAP;
  }
  const waiting = plan.unplaced > 0 ? { x: 0, y: y - 2, w, h: WAITING } : null;
  const h = waiting ? y + WAITING : y - (zones.length > 0 ? GAP : 0);
  return { scale, w, h, strip: strip.box, clients: strip.clients, systems: strip.systems, busY, waiting, zones };
}

function zoneOf(zone: ZonePlan, how: Arrangement, x: number, y: number, w: number, podH: number, row: number): ZoneBox {
  const nodeW = (w - GUTTER) / how.nodeColumns - GUTTER;
  const { heights, of } = columnsOf(zone, how.nodeColumns, podH);
  const fill = new Array<number>(how.nodeColumns).fill(y + ZONE_HEAD);
  const nodes = zone.nodes.map((node, i): NodeBox => {
    const column = of[i] as number;
    const left = x + GUTTER + column * (nodeW + GUTTER);
    const top = fill[column] as number;
    const h = nodeHeight(node.slots, podH);
    fill[column] = top + h + GAP * 0.6;
    const slots = Array.from({ length: node.slots }, (_, slot) => ({
      x: left + POD_GAP,
      y: top + NODE_HEAD + slot * (podH + POD_GAP),
      w: nodeW - 2 * POD_GAP,
      h: podH,
    }));
    return {
      key: node.key,
      name: node.name,
      x: left,
      y: top,
      w: nodeW,
      h,
      slots,
      wireX: left + nodeW + GUTTER / 2,
      cableX: left - GUTTER / 2,
    };
  });
  const shelfRows = Math.ceil((zone.volumes.length * (DRUM_W + 6)) / (w - 2 * GUTTER)) || 0;
  const perRow = Math.max(1, Math.ceil(zone.volumes.length / Math.max(1, shelfRows)));
  const drumW = Math.min(150, (w - 2 * GUTTER - 6 * (perRow - 1)) / perRow);
  const shelfY = y + ZONE_HEAD + Math.max(...heights) + 4;
  const volumes = new Map(
    zone.volumes.map((key, i): [string, Box] => {
      const at = {
        x: x + GUTTER + (i % perRow) * (drumW + 6),
        y: shelfY + Math.floor(i / perRow) * SHELF,
        w: drumW,
        h: SHELF - 6,
      };
      return [key, at];
    }),
  );
  const h = shelfY - y + shelfRows * SHELF + 2;
  return { name: zone.name, x, y, w, h, nodes, volumes, laneY: y + ZONE_HEAD - 5, railX: x + w + GAP / 2, row };
}

/** Make a zone as tall as its neighbours: the shelf stays at its bottom. */
function grow(box: ZoneBox, h: number): void {
  const more = h - box.h;
  for (const drum of box.volumes.values()) drum.y += more;
  box.h = h;
}

interface Strip {
  h: number;
  box: Box;
  clients: Map<string, Box>;
  systems: Map<string, Box>;
}

/** Clients and systems stand above the zones, side by side as long as each has room for its words. */
function stripOf(plan: StagePlan, w: number): Strip {
  const all = plan.clients.length + plan.systems.length;
  const columns = Math.max(1, Math.min(all, Math.floor((w + GAP) / (CHIP_MIN_W + GAP))));
  // wires come down from clients: where they do not share one row, they stand in the last ones
  const keys = columns >= all ? [...plan.clients, ...plan.systems] : [...plan.systems, ...plan.clients];
  const isClient = new Set(plan.clients);
  const rows = Math.ceil(keys.length / columns);
  const wide = (w - GAP * (columns - 1)) / columns;
  const clients = new Map<string, Box>();
  const systems = new Map<string, Box>();
  keys.forEach((key, i) => {
    const box = {
      x: (i % columns) * (wide + GAP),
      y: Math.floor(i / columns) * (STRIP_ROW + 5),
      w: wide,
      h: STRIP_ROW,
    };
    (isClient.has(key) ? clients : systems).set(key, box);
  });
  const h = rows * (STRIP_ROW + 5) - (rows > 0 ? 5 : 0);
  return { h, box: { x: 0, y: 0, w, h }, clients, systems };
}
