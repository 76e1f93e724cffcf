/** How wires (sessions) and cables (attachments) run: along lanes and gutters, never across words. */

import type { Box, Layout, NodeBox, ZoneBox } from "./layout";

export interface Point {
  x: number;
  y: number;
}

/** Return the way from a client down to a pod's right side; `lane` keeps clients' wires apart. */
export function wire(layout: Layout, from: Box, zone: ZoneBox, node: NodeBox, pod: Box, lane: number): Point[] {
  const shift = lane * 3.5;
  const startX = from.x + 26 + shift;
  const busY = layout.busY + shift;
  const downX = node.wireX - 2 + shift;
  // a wire ends in a disc with its number: those of several clients stand below each other
  const endY = Math.min(pod.y + Math.max(pod.h - 10, pod.h / 2), pod.y + Math.max(pod.h * 0.34, 11) + lane * 20);
  const end = { x: pod.x + pod.w, y: endY };
  const points = [
    { x: startX, y: from.y + from.h },
    { x: startX, y: busY },
  ];
  if (zone.row === 0) points.push({ x: downX, y: busY });
  else {
    const railX = Math.min(zone.railX, layout.w - 2) + shift;
    points.push({ x: railX, y: busY }, { x: railX, y: zone.laneY + shift }, { x: downX, y: zone.laneY + shift });
  }
  points.push({ x: downX, y: endY }, end);
  return points;
}

/** Return the way of a volume's cable: from the drum up the gutter to a pod's left side, or to its node's. */
export function cable(drum: Box, node: NodeBox, pod: Box | null, lane: number): Point[] {
  const shift = lane * 3.5;
  const upX = node.cableX + 3 - shift;
  const endY = pod ? pod.y + pod.h * 0.7 : node.y + 12;
  const end = { x: pod ? pod.x : node.x, y: endY };
  const startX = drum.x + 12;
  const aboveY = drum.y - 4 - shift;
  return [{ x: startX, y: drum.y + 4 }, { x: startX, y: aboveY }, { x: upX, y: aboveY }, { x: upX, y: endY }, end];
}

/** Return the `d` of a path along points, its corners rounded. */
export function rounded(points: readonly Point[], radius = 6): string {
  const clean = points.filter((p, i) => i === 0 || p.x !== points[i - 1]!.x || p.y !== points[i - 1]!.y);
  const first = clean[0];
  if (!first) return "";
  let d = `M${f(first.x)} ${f(first.y)}`;
  for (let i = 1; i < clean.length - 1; i += 1) {
    const corner = clean[i]!;
    const a = toward(corner, clean[i - 1]!, radius);
    const b = toward(corner, clean[i + 1]!, radius);
    d += `L${f(a.x)} ${f(a.y)}Q${f(corner.x)} ${f(corner.y)} ${f(b.x)} ${f(b.y)}`;
  }
  const last = clean[clean.length - 1]!;
  return `${d}L${f(last.x)} ${f(last.y)}`;
}

function toward(from: Point, to: Point, radius: number): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const share = length === 0 ? 0 : Math.min(radius, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

function f(value: number): string {
  return value.toFixed(1);
}
