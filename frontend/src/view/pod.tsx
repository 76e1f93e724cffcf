/** A pod: its mark (what it really is, by shape, glyph, colour and word), its name, and what Kubernetes says of it. */

import { Mark } from "../look/glyphs";
import { apiLook, markShape, podLook } from "../look/looks";
import { clipped, fitted, sized, width } from "../look/measure";
import { Filled, markPath, roundRect } from "../look/patterns";
import { faceOf } from "../model/card";
import type { Box } from "../model/layout";
import type { PodNow } from "../model/scene";
import type { Player } from "../model/store";
import { type Speaking, usePage } from "./context";
import { Pick } from "./pick";

/** Return the word for what a pod really is; of a dead one how it died, of one without a program what it waits for. */
export function podWord(page: Speaking, pod: PodNow): string {
  if (pod.truth === "dead" && pod.how) return page.state("how", pod.how);
  if (pod.truth === "") return page.state("api", pod.api);
  return page.state("truth", pod.truth);
}

/** Return what a screen reader says of a pod. */
export function podLabel(page: Speaking, pod: PodNow): string {
  const says = pod.known ? `; ${page.say("kubernetesSays")} ${page.state("api", pod.api)}` : "";
  const where = pod.node ? `, ${page.say("node")} ${pod.node}` : "";
  return `Pod ${pod.thing.name}: ${podWord(page, pod)}${says}${where}; ${pod.sessions} ${page.say("sessions")}`;
}

export function PodCard({ player, pod, box }: { player: Player; pod: PodNow; box: Box }) {
  const page = usePage();
  const look = podLook(pod.truth, pod.api);
  const { w, h } = box;
  const { block, mark, name, word, says, k } = faceOf(w, h, pod.known);
  const nameSize = sized(pod.thing.name, name.size, name.room, 700);
  const told = podWord(page, pod);
  const wordSize = sized(told, word.size, word.room, 600, 0.68);
  const unhurt = pod.truth !== "dead" && pod.truth !== "";
  return (
    <Pick
      player={player}
      thing={pod.thing}
      label={podLabel(page, pod)}
      x={box.x}
      y={box.y}
      glides
      kind={`pod t-${look.tone}`}
    >
      <path class="card" d={roundRect(0, 0, w, h, 7)} />
      <clipPath id={`${page.prefix}c${player.index}-${pod.thing.index}`}>
        <path d={roundRect(0, 0, w, h, 7)} />
      </clipPath>
      <g clip-path={`url(#${page.prefix}c${player.index}-${pod.thing.index})`}>
        <Filled tone={look.tone} prefix={page.prefix} d={roundRect(0, 0, block.w, block.h, 0)} outline={false} />
        {pod.known ? <SaysStrip player={player} pod={pod} box={says} k={k} /> : null}
      </g>
      <PodMark pod={pod} {...mark} />
      <text class="name" x={name.x} y={name.y} font-size={nameSize}>
        {fitted(pod.thing.name, nameSize, name.room, 700)}
      </text>
      <text class={unhurt ? "word" : "word hurt"} x={word.x} y={word.y} font-size={wordSize}>
        {clipped(told, wordSize, word.room, 600)}
      </text>
      <path class={`rim${pod.truth === "primary" ? " leads" : ""}`} d={roundRect(0, 0, w, h, 7)} />
    </Pick>
  );
}

function PodMark({ pod, x, y, r }: { pod: PodNow; x: number; y: number; r: number }) {
  const look = podLook(pod.truth, pod.api);
  return (
    <g class={`t-${look.tone}`}>
      <path d={markPath(markShape(pod.truth), x, y, r)} fill="var(--fill)" stroke="var(--ink-on)" stroke-width="1.6" />
      <Mark name={look.glyph} x={x - r * 0.66} y={y - r * 0.66} size={r * 1.32} colour="var(--ink-on)" weight={2.8} />
    </g>
  );
}

/** Return the Service to name on a pod: one that a client connects to, if it is known which these are. */
export function servedBy(pod: PodNow, player: Player): string {
  const targets = player.run.things.flatMap((thing) =>
    thing.kind === "Client" ? [thing.facts.target, thing.facts.read_target].flat().map(String) : [],
  );
  const wanted = targets.filter((target) => target.startsWith("Service/")).map((target) => target.slice(8));
  return (wanted.length > 0 ? pod.serves.find((name) => wanted.includes(name)) : pod.serves[0]) ?? "";
}

function SaysStrip({ player, pod, box, k }: { player: Player; pod: PodNow; box: Box; k: number }) {
  const { x, y, w, h } = box;
  const page = usePage();
  const look = apiLook(pod.api);
  const base = 9.8 * k;
  const word = page.state("api", pod.api);
  const service = servedBy(pod, player);
  const serves = service ? `→ ${service}` : "";
  const room = w - 14 * k;
  const size = sized(word, base, room, 600);
  const servesW = serves ? width(serves, size, 600) + 8 * k : 0;
  const whole = `K8s: ${word}`;
  const told = width(whole, size, 600) + servesW <= room ? whole : word;
  return (
    <g class={`t-${look.tone} says`}>
      <Filled tone={look.tone} prefix={page.prefix} d={`M${x} ${y}h${w}v${h}h${-w}z`} outline={false} />
      <text x={x + 7 * k} y={y + h * 0.74} font-size={size}>
        {clipped(told, size, room, 600)}
      </text>
      {serves && width(told, size, 600) + servesW <= room ? (
        <text x={x + w - 7 * k} y={y + h * 0.74} font-size={size} text-anchor="end">
          {serves}
        </text>
      ) : null}
    </g>
  );
}

/** A pod in the waiting room: it has no node. */
export function PodChip({ player, pod, box }: { player: Player; pod: PodNow; box: Box }) {
  const page = usePage();
  const look = podLook(pod.truth, pod.api);
  const { w, h } = box;
  const word = podWord(page, pod);
  const name = fitted(pod.thing.name, 11.5, Math.max(40, w - h - 14 - width(word, 11, 600)), 700);
  return (
    <Pick
      player={player}
      thing={pod.thing}
      label={podLabel(page, pod)}
      x={box.x}
      y={box.y}
      glides
      kind={`pod t-${look.tone}`}
    >
      <path class="card" d={roundRect(0, 0, w, h, 7)} />
      <PodMark pod={pod} x={h / 2 + 2} y={h / 2} r={h * 0.36} />
      <text x={h + 6} y={h * 0.64} font-size={11.5}>
        <tspan class="name">{name}</tspan>
        <tspan class="word" dx="6" font-size={11}>
          {clipped(word, 11, w - h - 18 - width(name, 11.5, 700), 600)}
        </tspan>
      </text>
      <path class="rim" d={roundRect(0, 0, w, h, 7)} />
    </Pick>
  );
}
