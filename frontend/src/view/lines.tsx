/** Lines between things: sessions (wires from clients to pods) and attachments (cables from volumes to pods). */

import { Mark } from "../look/glyphs";
import { laneLook } from "../look/lanes";
import { markPath } from "../look/patterns";
import { rounded } from "../model/routes";
import type { CableLine, WireLine } from "./wiring";

/** `seats`: which element draws a pod; its wires are drawn by elements of their own that are as lasting. */
export function Wires({
  wires,
  seats,
  chosen,
}: {
  wires: readonly WireLine[];
  seats: ReadonlyMap<string, number>;
  chosen: string;
}) {
  // in the order of lanes and seats, so that elements need not change theirs
  const at = ({ lane, pod }: WireLine): number => lane * 1e6 + (seats.get(pod) ?? 0);
  return (
    <g class="wires">
      {[...wires]
        .sort((a, b) => at(a) - at(b))
        .map((each) => {
          const { points, lane, open, cut } = each;
          const end = points[points.length - 1]!;
          const d = rounded(points);
          const thick = 2 + Math.min(3, Math.log2(1 + open) * 0.6);
          const look = laneLook(lane);
          return (
            <g key={at(each)} class={`wire ${look.name}${cut ? " cut" : ""}${each.thing === chosen ? " chosen" : ""}`}>
              <path class="halo" d={d} stroke-width={thick + 3} />
              <path class="line" d={d} stroke-width={thick} />
              {cut ? null : <path class="flow" d={d} stroke-width={thick * 0.62} />}
              <g class="count" transform={`translate(${end.x.toFixed(1)} ${end.y.toFixed(1)})`}>
                <path class="plate" d={markPath(look.shape, 0, 0, each.end)} />
                {cut ? <Mark name="cross" x={-5.5} y={-5.5} size={11} colour="var(--on-count)" weight={4} /> : null}
                {cut ? null : (
                  <text y="4.3" font-size={12} text-anchor="middle">
                    {open > 999 ? "1k+" : open}
                  </text>
                )}
              </g>
            </g>
          );
        })}
    </g>
  );
}

export function Cables({ cables, chosen }: { cables: readonly CableLine[]; chosen: string }) {
  return (
    <g class="cables">
      {cables.map(({ key, kind, thing, points, end: size }) => {
        const end = points[points.length - 1]!;
        const d = rounded(points);
        return (
          <g key={key} class={`cable ${kind}${thing === chosen ? " chosen" : ""}`}>
            <path class="halo" d={d} />
            <path class="line" d={d} />
            <g transform={`translate(${end.x.toFixed(1)} ${end.y.toFixed(1)})`}>
              {kind === "waits" ? (
                <g class="end">
                  <circle r={size} />
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
