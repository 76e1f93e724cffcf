/** Lines between things: sessions (wires from clients to pods) and attachments (cables from volumes to pods). */

import { Mark } from "../look/glyphs";
import type { Layout, NodeBox, ZoneBox } from "../model/layout";
import { cable, rounded, wire } from "../model/routes";
import { bare, type PodNow, type Scene, type Wire } from "../model/scene";
import type { Placed } from "./placed";

export interface Lines {
  layout: Layout;
  scene: Scene;
  placed: Placed;
}

/** Return whether nobody answers in a pod. */
export function silent(pod: PodNow, scene: Scene): boolean {
  if (pod.truth === "" || pod.truth === "dead" || pod.truth === "frozen" || pod.truth === "stopped") return true;
  const node = scene.nodes.find((each) => each.thing.name === pod.node);
  return node !== undefined && node.machine !== "up";
}

/** `seats`: which element draws a pod; its wires are drawn by elements of their own that are as lasting. */
export function Wires({ layout, scene, placed, seats }: Lines & { seats: ReadonlyMap<string, number> }) {
  const pods = new Map(scene.pods.map((pod) => [pod.thing.key, pod]));
  const lanes = new Map([...layout.clients.keys()].map((key, lane) => [key, lane]));
  // in the order of lanes and seats, so that elements need not change theirs
  const at = ({ client, pod }: Wire): number => (lanes.get(client) ?? 0) * 1e6 + (seats.get(pod) ?? 0);
  return (
    <g class="wires">
      {[...scene.wires]
        .sort((a, b) => at(a) - at(b))
        .map((each) => {
          const from = layout.clients.get(each.client);
          const pod = pods.get(each.pod);
          const box = placed.pods.get(each.pod);
          const place = pod && placed.nodes.get(pod.node);
          if (!from || !pod || !box || !place) return null;
          const lane = lanes.get(each.client) ?? 0;
          const points = wire(layout, from, place.zone, place.node, box, lane);
          const end = points[points.length - 1]!;
          const d = rounded(points);
          const cut = silent(pod, scene);
          const thick = 2 + Math.min(3, Math.log2(1 + each.open) * 0.6);
          return (
            <g key={at(each)} class={`wire lane${lane % 4}${cut ? " cut" : ""}`}>
              <path class="halo" d={d} stroke-width={thick + 3} />
              <path class="line" d={d} stroke-width={thick} />
              {cut ? null : <path class="flow" d={d} stroke-width={thick * 0.62} />}
              <g class="count" transform={`translate(${end.x.toFixed(1)} ${end.y.toFixed(1)})`}>
                <circle r={each.open > 99 && !cut ? 13 : 10} />
                {cut ? <Mark name="cross" x={-5.5} y={-5.5} size={11} colour="var(--on-count)" weight={4} /> : null}
                {cut ? null : (
                  <text y="4.3" font-size={12} text-anchor="middle">
                    {each.open > 999 ? "1k+" : each.open}
                  </text>
                )}
              </g>
            </g>
          );
        })}
    </g>
  );
}

interface Place {
  zone: ZoneBox;
  node: NodeBox;
}

export function Cables({ layout, scene, placed }: Lines) {
  const lines: { key: string; kind: string; place: Place; volume: string; lane: number }[] = [];
  for (const volume of scene.volumes) {
    const add = (node: string, kind: string): void => {
      const place = placed.nodes.get(node);
      const home = layout.zones.find((zone) => zone.volumes.has(volume.thing.key));
      if (!place || !home) return;
      // who waits has a lane of its own, beside whoever holds the volume
      const lane = ([...home.volumes.keys()].indexOf(volume.thing.key) % 3) + (kind === "waits" ? 1.6 : 0);
      lines.push({ key: `${volume.thing.key} ${node} ${kind}`, kind, place, volume: volume.thing.key, lane });
    };
    for (const node of volume.nodes) add(node, volume.attachment || "attached");
    for (const node of volume.waiting) if (!volume.nodes.includes(node)) add(node, "waits");
  }
  return (
    <g class="cables">
      {lines.map(({ key, kind, place, volume, lane }) => {
        const drum = layout.zones.map((zone) => zone.volumes.get(volume)).find((box) => box !== undefined);
        if (!drum) return null;
        const user = scene.pods.find((pod) => pod.node === place.node.name && pod.volumes.includes(bare(volume)));
        const box = user ? (placed.pods.get(user.thing.key) ?? null) : null;
        const points = cable(drum, place.node, box, lane);
        const end = points[points.length - 1]!;
        return (
          <g key={key} class={`cable ${kind}`}>
            <path class="halo" d={rounded(points)} />
            <path class="line" d={rounded(points)} />
            <g transform={`translate(${end.x.toFixed(1)} ${end.y.toFixed(1)})`}>
              {kind === "waits" ? (
                <g class="end">
                  <circle r="7.5" />
                  <Mark name="hourglass" x={-5} y={-5} size={10} colour="var(--on-wait)" weight={3} />
                </g>
              ) : (
                <rect class="jack" x="-5" y="-4" width="8" height="8" rx="2" />
              )}
            </g>
          </g>
        );
      })}
    </g>
  );
}
