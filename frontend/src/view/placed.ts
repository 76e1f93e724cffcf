/** Which slot each pod has now: pods of a node in the order in which their names first appeared. */

import { type Box, type Layout, type NodeBox, WAITING_CAPTION, type ZoneBox } from "../model/layout";
import type { Scene } from "../model/scene";

export interface Placed {
  pods: Map<string, Box>;
  nodes: Map<string, { zone: ZoneBox; node: NodeBox }>;
  waiting: Map<string, Box>;
}

/** Give every pod of the scene a place. */
export function placedIn(layout: Layout, scene: Scene): Placed {
  const nodes: Placed["nodes"] = new Map();
  for (const zone of layout.zones) for (const node of zone.nodes) nodes.set(node.name, { zone, node });
  const pods = new Map<string, Box>();
  const taken = new Map<string, number>();
  const homeless: string[] = [];
  for (const pod of scene.pods) {
    const place = nodes.get(pod.node);
    const slot = taken.get(pod.node) ?? 0;
    const box = place?.node.slots[slot];
    if (place && box) {
      taken.set(pod.node, slot + 1);
      pods.set(pod.thing.key, box);
    } else homeless.push(pod.thing.key);
  }
  return { pods, nodes, waiting: waitingRoom(layout, homeless) };
}

function waitingRoom(layout: Layout, keys: readonly string[]): Map<string, Box> {
  const room = layout.waiting;
  const found = new Map<string, Box>();
  if (!room || keys.length === 0) return found;
  const left = WAITING_CAPTION;
  const w = Math.min(220, (room.w - left - 6) / keys.length - 6);
  keys.forEach((key, i) => {
    found.set(key, { x: room.x + left + i * (w + 6), y: room.y + 3, w, h: room.h - 6 });
  });
  return found;
}
