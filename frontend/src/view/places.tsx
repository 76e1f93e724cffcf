/** Where things are: zones, nodes, and the volumes on a zone's shelf. */

import { Mark } from "../look/glyphs";
import { apiLook, machineLook, volumeLook } from "../look/looks";
import { clipped, fitted, width } from "../look/measure";
import { Filled, roundRect } from "../look/patterns";
import type { Box, NodeBox, ZoneBox } from "../model/layout";
import type { NodeNow, VolumeNow } from "../model/scene";
import type { Player } from "../model/store";
import { usePage } from "./context";
import { Pick } from "./pick";

export function ZoneArea({ player, zone }: { player: Player; zone: ZoneBox }) {
  const { say } = usePage();
  const name = zone.name === "" ? "" : `${say("zone")} ${zone.name}`;
  const thing = player.run.byKey.get(`Zone/${zone.name}`);
  const drawn = (
    <>
      <path class="ground" d={roundRect(zone.x, zone.y, zone.w, zone.h, 11)} />
      <text x={zone.x + 12} y={zone.y + 15.5} font-size={12}>
        {name}
      </text>
    </>
  );
  if (!thing) return <g class="zone">{drawn}</g>;
  return (
    <Pick player={player} thing={thing} label={name} kind="zone">
      {drawn}
    </Pick>
  );
}

export function NodeArea({ player, node, box }: { player: Player; node: NodeNow | undefined; box: NodeBox }) {
  const page = usePage();
  const thing = node?.thing ?? player.run.byKey.get(box.key);
  if (!thing) return null;
  const machine = node?.machine ?? "";
  const look = machineLook(machine);
  const down = machine !== "up";
  const d = roundRect(0, 0, box.w, box.h, 8);
  const words = page.state("machine", machine);
  const says = node ? page.state("api", node.api) : "";
  const label = `${page.say("node")} ${box.name}: ${words}; ${page.say("kubernetesSays")} ${says}${node?.cordoned ? `, ${page.say("scheduled")}` : ""}`;
  const nameW = width(box.name, 12, 650);
  const wordW = down ? width(words, 12, 700) + 6 : 0;
  const lock = node?.cordoned ? 13 : 0;
  const wholeW = width(says, 12, 600) + 12 + lock;
  const brief = 24 + nameW + wordW + wholeW + 10 > box.w;
  const least = box.w - 24 - (brief ? 18 + lock : wholeW) - 10;
  // where there is no room for both, its glyph and its hatch tell how it is; its name nothing else tells
  const worded = down && wordW + Math.min(nameW, 34) <= least;
  const name = fitted(box.name, 12, Math.max(least - (worded ? wordW : 0), 24), 650);
  return (
    <Pick
      player={player}
      thing={thing}
      label={label}
      x={box.x}
      y={box.y}
      kind={`node t-${look.tone}${down ? " down" : ""}`}
    >
      <path class="body" d={d} />
      {down ? <Filled tone={look.tone} prefix={page.prefix} d={d} outline={false} /> : null}
      <path class="rim" d={d} />
      {down ? <path class="plate" d={roundRect(3, 3, box.w - 6, 18, 6)} /> : null}
      <Mark name={look.glyph} x={8} y={6} size={12.5} colour={down ? "var(--ink-on)" : "var(--muted)"} />
      <text class="name" x={24} y={16.5} font-size={12}>
        {name}
      </text>
      {worded ? (
        <text class="state" x={30 + width(name, 12, 650)} y={16.5} font-size={12}>
          {words}
        </text>
      ) : null}
      {node && node.api !== "" ? <SaysBadge node={node} x={box.w - 5} says={brief ? "" : says} /> : null}
    </Pick>
  );
}

/** What Kubernetes says of a node: a word where there is room, else its glyph. */
function SaysBadge({ node, x, says }: { node: NodeNow; x: number; says: string }) {
  const page = usePage();
  const lock = node.cordoned ? 13 : 0;
  const w = (says ? width(says, 12, 600) + 12 : 18) + lock;
  const tone = node.api === "ready" ? "ready" : "not-ready";
  return (
    <g class={`t-${tone} says`}>
      <Filled tone={tone} prefix={page.prefix} d={roundRect(x - w, 4, w, 16, 5)} outline={false} />
      {lock > 0 ? <Mark name="lock" x={x - w + 4} y={6.5} size={11} colour="var(--ink-on)" /> : null}
      {says ? (
        <text x={x - w + 6 + lock} y={16.4} font-size={12}>
          {says}
        </text>
      ) : (
        <Mark name={apiLook(node.api).glyph} x={x - 14} y={7} size={10} colour="var(--ink-on)" weight={4} />
      )}
    </g>
  );
}

export function VolumeDrum({ player, volume, box }: { player: Player; volume: VolumeNow; box: Box }) {
  const page = usePage();
  const gone = volume.attachment === "lost" || volume.disk === "lost";
  const look = volumeLook(gone ? "lost" : volume.attachment);
  const word = volume.disk
    ? page.state("disk", volume.disk)
    : page.state("attachment", volume.attachment || "detached");
  const name = volume.claim || volume.thing.name;
  const waits = volume.waiting.length > 0 ? `; ${page.say("waitsFor")} ${volume.waiting.join(", ")}` : "";
  const label = `${page.state("kind", "PersistentVolume")} ${name}: ${word} ${volume.nodes.join(", ")}${waits}`;
  const { w, h } = box;
  const room = w - 30;
  return (
    <Pick player={player} thing={volume.thing} label={label} x={box.x} y={box.y} kind={`volume t-${look.tone}`}>
      <path class="card" d={roundRect(0, 0, w, h, 6)} />
      <Filled tone={look.tone} prefix={page.prefix} d={DRUM} />
      <path d={LID} class="lid" />
      {gone ? <Mark name="cross" x={6} y={11} size={13} colour="var(--alarm)" weight={4} /> : null}
      <text class="name" x={27} y={h * 0.43} font-size={12}>
        {fitted(name, 12, room, 650)}
      </text>
      <text class="word" x={27} y={h * 0.85} font-size={12}>
        {clipped(word, 12, room, 500)}
      </text>
      <path class="rim" d={roundRect(0, 0, w, h, 6)} />
    </Pick>
  );
}

const DRUM = "M5 10c0-4.5 15-4.5 15 0v16c0 4.5-15 4.5-15 0z";
const LID = "M5 10c0 4.5 15 4.5 15 0";
