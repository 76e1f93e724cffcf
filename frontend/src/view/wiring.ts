/** Where lines between things run at an instant, and which of them is near a place. */

import type { Layout } from "../model/layout";
import { cable, type Point, wire } from "../model/routes";
import { bare, type PodNow, type Scene } from "../model/scene";
import type { Placed } from "./placed";

export interface Line {
  /** What is chosen by choosing the line: the sessions of a client to a pod, or a volume. */
  thing: string;
  points: readonly Point[];
  /** How large the mark at its end is. */
  end: number;
}

/** The sessions of a client to a pod. */
export interface WireLine extends Line {
  client: string;
  pod: string;
  lane: number;
  open: number;
  /** Whether nobody answers at its end. */
  cut: boolean;
}

/** A volume's way to a node that has it, or waits for it. */
export interface CableLine extends Line {
  key: string;
  kind: string;
}

const DISC = 10;
const WIDE_DISC = 13;
const JACK = 7.5;

/** Return whether nobody answers in a pod. */
export function silent(pod: PodNow, scene: Scene): boolean {
  if (pod.truth === "" || pod.truth === "dead" || pod.truth === "frozen" || pod.truth === "stopped") return true;
  const node = scene.nodes.find((each) => each.thing.name === pod.node);
  return node !== undefined && node.machine !== "up";
}

/** Return a client's lane: its place among those of the run. */
export function laneOf(layout: Layout, client: string): number {
  return Math.max(0, [...layout.clients.keys()].indexOf(client));
}

/** Return the wires from clients down to pods. */
export function wiresOf(layout: Layout, scene: Scene, placed: Placed): WireLine[] {
  const pods = new Map(scene.pods.map((pod) => [pod.thing.key, pod]));
  const lanes = new Map([...layout.clients.keys()].map((key, lane) => [key, lane]));
  return scene.wires.flatMap(({ thing, client, pod: key, open }) => {
    const from = layout.clients.get(client);
    const pod = pods.get(key);
    const box = placed.pods.get(key);
    const place = pod && placed.nodes.get(pod.node);
    if (!from || !pod || !box || !place) return [];
    const lane = lanes.get(client) ?? 0;
    const cut = silent(pod, scene);
    const points = wire(layout, from, place.zone, place.node, box, lane);
    return [{ thing, client, pod: key, lane, open, cut, points, end: open > 99 && !cut ? WIDE_DISC : DISC }];
  });
}

/** Return the cables from volumes up to nodes. */
export function cablesOf(layout: Layout, scene: Scene, placed: Placed): CableLine[] {
  const found: CableLine[] = [];
  for (const volume of scene.volumes) {
    const { key } = volume.thing;
    const home = layout.zones.find((zone) => zone.volumes.has(key));
    const drum = home?.volumes.get(key);
    if (!home || !drum) continue;
    const add = (node: string, kind: string): void => {
      const place = placed.nodes.get(node);
      if (!place) return;
      // who waits has a lane of its own, beside whoever holds the volume
      const lane = ([...home.volumes.keys()].indexOf(key) % 3) + (kind === "waits" ? 1.6 : 0);
      const user = scene.pods.find((pod) => pod.node === node && pod.volumes.includes(bare(key)));
      const box = user ? (placed.pods.get(user.thing.key) ?? null) : null;
      found.push({
        key: `${key} ${node} ${kind}`,
        kind,
        thing: key,
        points: cable(drum, place.node, box, lane),
        end: JACK,
      });
    };
    for (const node of volume.nodes) add(node, volume.attachment || "attached");
    for (const node of volume.waiting) if (!volume.nodes.includes(node)) add(node, "waits");
  }
  return found;
}

/** Return how far a place is from a line that runs along points. */
export function distance(at: Point, points: readonly Point[]): number {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 1; i < points.length; i += 1) least = Math.min(least, fromSegment(at, points[i - 1]!, points[i]!));
  return least;
}

function fromSegment(at: Point, a: Point, b: Point): number {
  const [dx, dy] = [b.x - a.x, b.y - a.y];
  const long = dx * dx + dy * dy;
  const share = long === 0 ? 0 : Math.max(0, Math.min(1, ((at.x - a.x) * dx + (at.y - a.y) * dy) / long));
  return Math.hypot(at.x - a.x - share * dx, at.y - a.y - share * dy);
}

/**
 * Return the line that somebody means who points at a place; undefined if none is as near as `within`.
 *
 * Where lines run side by side it is the nearest, so that each has its own share; the mark at a line's end is the line's.
 */
export function lineAt<L extends Line>(lines: readonly L[], at: Point, within: number): L | undefined {
  let found: L | undefined;
  let least = within;
  for (const line of lines) {
    const end = line.points[line.points.length - 1]!;
    const onMark = Math.hypot(at.x - end.x, at.y - end.y) <= line.end;
    const far = onMark ? 0 : distance(at, line.points);
    // of two as near the one that is drawn later lies on top
    if (far <= least) {
      found = line;
      least = far;
    }
  }
  return found;
}
