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
  /** Whether it is a provider's, outside the cluster. */
  outside: boolean;
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
const ZONE_HEAD = 21;
const NODE_HEAD = 24;
const EMPTY_NODE = 24;
const POD_GAP = 5;
const GUTTER = 15;
const SHELF = 40;
/** Between rows of volumes run the cables of the lower ones. */
const SHELF_LANES = 9;
const DRUM_W = 84;
const STRIP_ROW = 46;
/** The cluster is not where the provider is. */
const OUTSIDE_GAP = 6;
const WAITING = 27;
/** Who waits for a node has its own place beside clients and systems, where that has room for its words. */
export const WAITING_CAPTION = 80;
const WAITING_MIN_W = 74;
const CHIP_MIN_W = 184;
/** So wide that a chip has room for all of its words. */
const CHIP_WORDS_W = 224;
/** Zones in full rows are easier to read: worth so much of the size. */
const EVEN = 1.15;
/** Around everything, so that no rim is cut. */
export const MARGIN = 2;
const BUS = 16;
const RAIL = 6;
/** What pods may measure: words beside the mark, words below it; two lines, or one, where pods are many. */
interface PodSize {
  w: number;
  h: number;
  most: number;
}
const WIDE: PodSize = { w: 140, h: 50, most: 140 };
const TALL: PodSize = { w: 98, h: 84, most: 140 };
const FLAT: PodSize = { w: 120, h: 36, most: 48 };
export const SLIM: PodSize = { w: 98, h: 24, most: 48 };
/** Where else the picture would be taller than its room: one line of the smallest letters. */
const LOW: PodSize = { w: 98, h: 16, most: 24 };
const LARGEST = 3.6;
/** Where pods are many, words are worth more than size. */
const LARGEST_MANY = 1.1;
/** What is left below the zones they share, up to so much of their height. */
const SPARE = 0.3;
const STEP = 0.02;
/** Letters of 12 units are 12 px at a scale of 1; seen from afar 16 px; where three stages share a page, 10 px. */
const LEAST_SCALE = { near: 1, afar: 4 / 3, many: 5 / 6 };

/** Return the least scale at which a stage may be drawn: what does not fit then is scrolled to. */
export function leastScale(stages: number, afar: boolean): number {
  const least = afar ? LEAST_SCALE.afar : LEAST_SCALE.near;
  return stages > 2 ? least * LEAST_SCALE.many : least;
}

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
export function layOut(
  plan: StagePlan,
  widthPx: number,
  heightPx: number,
  beside: readonly StagePlan[] = [],
  least = leastScale(1 + beside.length, false),
): Layout {
  const plans = [plan, ...beside];
  const room = { widthPx, heightPx, least, most: LARGEST };
  const many = { ...room, most: least * LARGEST_MANY };
  const best =
    bestOf(plans, room, [WIDE, TALL]) ??
    bestOf(plans, many, [FLAT]) ??
    bestOf(plans, many, [SLIM]) ??
    bestOf(plans, many, [LOW]);
  if (best) {
    const { how, scale, pod } = best;
    const w = widthPx / scale - 2 * MARGIN;
    const h = heightPx / scale - 2 * MARGIN;
    const podH = Math.min(...plans.map((each) => tallest(each, how, w, h, scale, pod)));
    const spare = Math.min(...plans.map((each) => h - place(each, how, w, scale, podH).h));
    return place(plan, how, w, scale, podH, spare);
  }
  // more than fits at the least scale: in the flattest arrangement whose pods can be read, and the page scrolls
  const w = Math.max(widthPx / least - 2 * MARGIN, 300);
  const readable = arrangementsOf(plans).filter((how) => podWidth(how, w) >= SLIM.w);
  const all = (readable.length > 0 ? readable : [{ zoneColumns: 1, nodeColumns: 1 }]).map((how) =>
    place(plan, how, w, least, SLIM.h),
  );
  return all.reduce((best, each) => (each.h < best.h ? each : best));
}

interface Room {
  widthPx: number;
  heightPx: number;
  least: number;
  most: number;
}

interface Found {
  how: Arrangement;
  pod: PodSize;
  scale: number;
}

/** Return how all the plans may be drawn largest in a room, with pods of one of some sizes; null if they do not fit. */
function bestOf(plans: readonly StagePlan[], room: Room, pods: readonly PodSize[]): Found | null {
  let best: (Found & { worth: number }) | null = null;
  for (const how of arrangementsOf(plans)) {
    const even = Math.max(...plans.map((each) => each.zones.length)) % how.zoneColumns === 0;
    for (const pod of pods) {
      const scale = largestScale(plans, how, room, pod);
      const worth = even ? scale * EVEN : scale;
      if (scale > 0 && (!best || worth > best.worth)) best = { how, pod, scale, worth };
    }
  }
  return best;
}

/** Return the largest scale at which all the plans fit a room; 0 if they fit at none. */
function largestScale(plans: readonly StagePlan[], how: Arrangement, room: Room, pod: PodSize): number {
  const fits = (scale: number): boolean => {
    const w = room.widthPx / scale - 2 * MARGIN;
    const h = room.heightPx / scale - 2 * MARGIN;
    return podWidth(how, w) >= pod.w && plans.every((each) => place(each, how, w, scale, pod.h).h <= h);
  };
  if (!fits(room.least)) return 0;
  let low = 0;
  let high = Math.floor((room.most - room.least) / STEP);
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (fits(room.least + middle * STEP)) low = middle;
    else high = middle - 1;
  }
  return room.least + low * STEP;
}

/** Return how tall pods may be, so that all fits. */
function tallest(plan: StagePlan, how: Arrangement, w: number, h: number, scale: number, pod: PodSize): number {
  let low = pod.h;
  let high = pod.most;
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
  return slots === 0 ? EMPTY_NODE : NODE_HEAD + slots * pitchOf(podH) + 1;
}

/** Return how far below each other pods stand: the lower, the closer. */
function pitchOf(podH: number): number {
  return podH + (podH < SLIM.h ? 2 : POD_GAP);
}

function place(plan: StagePlan, how: Arrangement, w: number, scale: number, podH: number, spare = 0): Layout {
  const strip = stripOf(plan, w);
  let y = strip.h;
  const busY = y + BUS / 2;
  y += plan.clients.length > 0 ? BUS : 6;
  const zones: ZoneBox[] = [];
  const zoneW = zoneWidth(how, w);
  const above = plan.outside ? 1 : 0;
  if (plan.outside) {
    const box = outsideOf(plan.outside, y, w, podH);
    zones.push(box);
    y += box.h + GAP + OUTSIDE_GAP;
  }
  const rows = Math.ceil(plan.zones.length / how.zoneColumns);
  for (let first = 0, row = 0; first < plan.zones.length; first += how.zoneColumns, row += 1) {
    const some = plan.zones.slice(first, first + how.zoneColumns);
    const boxes = some.map((zone, i) => zoneOf(zone, how, i * (zoneW + GAP), y, zoneW, podH, row + above));
    const needed = Math.max(...boxes.map((box) => box.h));
    const tallest = needed + Math.min(spare / rows, needed * SPARE);
    for (const box of boxes) grow(box, tallest);
    zones.push(...boxes);
    y += tallest + GAP;
  }
  const below = plan.unplaced > 0 && !strip.waiting;
  const waiting = below ? { x: 0, y: y - 5, w, h: WAITING } : strip.waiting;
  const h = below ? y - 3 + WAITING : y - (zones.length > 0 ? GAP : 0);
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
      y: top + NODE_HEAD + slot * pitchOf(podH),
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
  const pitch = SHELF + SHELF_LANES;
  const volumes = new Map(
    zone.volumes.map((key, i): [string, Box] => {
      const at = {
        x: x + GUTTER + (i % perRow) * (drumW + 6),
        y: shelfY + Math.floor(i / perRow) * pitch,
        w: drumW,
        h: SHELF - 6,
      };
      return [key, at];
    }),
  );
  const h = shelfY - y + Math.max(0, shelfRows - 1) * pitch + (shelfRows > 0 ? SHELF : 0) + 2;
  return {
    name: zone.name,
    x,
    y,
    w,
    h,
    nodes,
    volumes,
    laneY: y + ZONE_HEAD - 5,
    railX: x + w + GAP / 2,
    row,
    outside: false,
  };
}

/** What a provider runs stands above the cluster, as wide as it is: its zones beside each other as far as they fit. */
function outsideOf(plan: ZonePlan, y: number, w: number, podH: number): ZoneBox {
  const width = w - RAIL;
  const fit = Math.floor((width - GUTTER) / (TALL.w + 2 * POD_GAP + GUTTER));
  const nodeColumns = Math.max(1, Math.min(plan.nodes.length, fit));
  return { ...zoneOf(plan, { zoneColumns: 1, nodeColumns }, 0, y, width, podH, 0), outside: true };
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
  waiting: Box | null;
}

/** Clients and systems stand above the zones, side by side as long as each has room for its words. */
function stripOf(plan: StagePlan, w: number): Strip {
  const all = plan.clients.length + plan.systems.length;
  const most = Math.floor((w + GAP) / (CHIP_MIN_W + GAP));
  // who waits stands at the end of the row, if that leaves the others their words
  const waits = WAITING_CAPTION + plan.unplaced * (WAITING_MIN_W + 6);
  const joined = all > 0 && plan.unplaced > 0 && (w - waits) / all - GAP >= CHIP_WORDS_W;
  const columns = joined ? all : Math.max(1, Math.min(all, most));
  // wires come down from clients: where they do not share one row, they stand in the last ones
  const keys = columns >= all ? [...plan.clients, ...plan.systems] : [...plan.systems, ...plan.clients];
  const isClient = new Set(plan.clients);
  const rows = Math.ceil(keys.length / columns);
  const wide = joined ? (w - waits) / all - GAP : (w - GAP * (columns - 1)) / columns;
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
  const left = all * (wide + GAP);
  const waiting = joined ? { x: left, y: (STRIP_ROW - WAITING) / 2, w: w - left, h: WAITING } : null;
  return { h, box: { x: 0, y: 0, w, h }, clients, systems, waiting };
}
