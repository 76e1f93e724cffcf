/** What a provider runs outside the cluster: its zones, and where the name of each managed database leads. */

import { Mark } from "../look/glyphs";
import { firstFitting } from "../look/measure";
import { roundRect } from "../look/patterns";
import type { NodeBox, ZoneBox } from "../model/layout";
import type { Scene } from "../model/scene";
import { type Speaking, usePage } from "./context";
import type { Placed } from "./placed";

/** Return where the names of managed databases lead; of one that leads to an instance which is gone, that too. */
export function endpointWords(page: Pick<Speaking, "say">, scene: Scene): string[] {
  const there = new Set(scene.pods.map((pod) => pod.thing.name));
  return scene.systems
    .filter((system) => system.endpoint !== "")
    .map(({ thing, endpoint }) => {
      const to = there.has(endpoint) ? endpoint : `${endpoint} (${page.say("goneInstance")})`;
      return page.say("nameLeadsTo").replace("{}", thing.name).replace("{}", to);
    });
}

export function OutsideArea({ zone, scene, placed }: { zone: ZoneBox; scene: Scene; placed: Placed }) {
  const taken = new Set(scene.pods.filter((pod) => placed.pods.has(pod.thing.key)).map((pod) => pod.node));
  return (
    <g class="outside">
      <path class="area" d={roundRect(zone.x, zone.y, zone.w, zone.h, 11)} />
      {zone.nodes.map((box) => (
        <Az key={box.key} box={box} empty={!taken.has(box.name)} />
      ))}
    </g>
  );
}

/** Its words: over the wires that come down through them. */
export function OutsideWords({ zone, scene }: { zone: ZoneBox; scene: Scene }) {
  const page = usePage();
  const leads = endpointWords(page, scene);
  const [least = ""] = leads;
  const words = firstFitting(
    [
      [page.say("managed"), ...leads].join(" · "),
      [page.say("outside"), ...leads].join(" · "),
      leads.join(" · "),
      least,
    ],
    12,
    zone.w - 40,
    650,
  );
  return (
    <g class="outside">
      <Mark name="cloud" x={zone.x + 10} y={zone.y + 3} size={16} colour="var(--muted)" />
      <text x={zone.x + 31} y={zone.y + 15.5} font-size={12}>
        {words}
      </text>
    </g>
  );
}

function Az({ box, empty }: { box: NodeBox; empty: boolean }) {
  const page = usePage();
  return (
    <g class="az">
      <path d={roundRect(box.x, box.y, box.w, box.h, 8)} />
      <text x={box.x + 9} y={box.y + 16.5} font-size={12}>
        {box.name}
      </text>
      {empty ? (
        <text class="none" x={box.x + 9} y={box.y + 24 + (box.h - 24) / 2} font-size={12}>
          {page.say("noInstance")}
        </text>
      ) : null}
    </g>
  );
}
