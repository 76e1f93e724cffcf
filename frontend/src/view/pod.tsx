/** A pod: its mark (what it really is, by shape, glyph, colour and word), its name, and what Kubernetes says of it. */

import { useRef } from "preact/hooks";
import { MarkAround } from "../look/glyphs";
import { markShape, podLook } from "../look/looks";
import { clipped, fitted, LEAST, sized, width } from "../look/measure";
import { CORNER, cornered, Filled, markPath, roundRect } from "../look/patterns";
import { behind, faceOf, isTall, type Line, unwired } from "../model/card";
import type { Box } from "../model/layout";
import type { PodNow } from "../model/scene";
import type { Player } from "../model/store";
import { type Speaking, usePage } from "./context";
import { Pick } from "./pick";
import { factsOf, linesOf, SaysCell, SaysStrip } from "./says";

/** Return the word for what a pod really is; of a dead one how it died, of one without a program what it waits for. */
export function podWord(page: Speaking, pod: PodNow): string {
  if (pod.truth === "dead" && pod.how) return page.state("how", pod.how);
  if (pod.truth === "") return page.state("api", pod.api);
  return page.state("truth", pod.truth);
}

/** Return what a screen reader says of a pod. */
export function podLabel(page: Speaking, pod: PodNow): string {
  const says = pod.known ? `; ${page.say("kubernetesSays")} ${page.state("api", pod.api)}` : "";
  const where =
    pod.outside !== null
      ? `, ${page.say("outside")}, ${pod.node}`
      : pod.node
        ? `, ${page.say("node")} ${pod.node}`
        : "";
  return `${page.state("kind", pod.thing.kind)} ${pod.thing.name}: ${podWord(page, pod)}${says}${where}; ${pod.sessions} ${page.say("sessions")}`;
}

interface CardProps {
  player: Player;
  pod: PodNow;
  box: Box;
  /** Whether nobody sees it at the moment. */
  unseen: boolean;
}

/**
 * A pod on its node. There may be hundreds: its parts are called as functions, as a component of each would cost more,
 * and one that nobody sees stays as it was drawn last.
 */
export function PodCard(props: CardProps) {
  const kept = useRef<{ card: ReturnType<typeof Card>; unseen: boolean }>(null);
  const page = usePage();
  if (!(props.unseen && kept.current?.unseen)) kept.current = { card: Card(page, props), unseen: props.unseen };
  return kept.current.card;
}

function Card(page: Speaking, { player, pod, box }: CardProps) {
  const look = podLook(pod.truth, pod.api);
  const { w, h } = box;
  const facts = factsOf(page, pod, player);
  const lines = isTall(w, h) ? linesOf(facts, w) : 1;
  const { block, mark, word, says, brief, k, ...face } = faceOf(w, h, pod.known, lines);
  const free = brief && pod.sessions === 0;
  const name = free ? unwired(face.name) : face.name;
  const nameSize = sized(pod.thing.name, name.size, name.room, 700);
  const told = podWord(page, pod);
  const shown = fitted(pod.thing.name, nameSize, name.room, 700);
  const own = word && free ? unwired(word) : word;
  const line = own ?? behind(name, width(shown, nameSize, 700), width(told, LEAST, 600));
  const unhurt = pod.truth !== "dead" && pod.truth !== "";
  const outline = roundRect(0, 0, w, h, CORNER);
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
      <path class="card" d={outline} />
      {Filled({ tone: look.tone, prefix: page.prefix, d: blockPath(block, w, h), outline: false })}
      {pod.known && brief ? SaysCell({ page, pod, facts, box: says, k }) : null}
      {pod.known && !brief ? SaysStrip({ page, pod, facts, box: says, k, lines }) : null}
      {PodMark({ pod, ...mark })}
      <text class="name" x={name.x} y={name.y} font-size={nameSize}>
        {shown}
      </text>
      {line ? Word({ line, told, hurt: !unhurt }) : null}
      <path class={`rim${pod.truth === "primary" ? " leads" : ""}`} d={outline} />
    </Pick>
  );
}

/** A card's coloured block lies at its left or at its top: where it meets the card's corners it is as round. */
function blockPath(block: Box, w: number, h: number): string {
  const corners = { tl: true, tr: block.w >= w, bl: block.h >= h, br: block.w >= w && block.h >= h };
  return cornered(0, 0, block.w, block.h, CORNER, corners);
}

function Word({ line, told, hurt }: { line: Line; told: string; hurt: boolean }) {
  const size = sized(told, line.size, line.room, 600);
  return (
    <text class={hurt ? "word hurt" : "word"} x={line.x} y={line.y} font-size={size}>
      {clipped(told, size, line.room, 600)}
    </text>
  );
}

/** The mark takes its colours from the card that it stands on. */
function PodMark({ pod, x, y, r }: { pod: PodNow; x: number; y: number; r: number }) {
  return (
    <>
      <path d={markPath(markShape(pod.truth), x, y, r)} fill="var(--fill)" stroke="var(--ink-on)" stroke-width="1.6" />
      {MarkAround({
        name: podLook(pod.truth, pod.api).glyph,
        x,
        y,
        size: r * 1.32,
        colour: "var(--ink-on)",
        weight: 2.8,
      })}
    </>
  );
}

/** A pod in the waiting room: it has no node. */
export function PodChip({ player, pod, box }: { player: Player; pod: PodNow; box: Box }) {
  const page = usePage();
  const look = podLook(pod.truth, pod.api);
  const { w, h } = box;
  const word = podWord(page, pod);
  // a word that would be cut to a letter or two says nothing: the mark says it
  const whole = width(pod.thing.name, 12, 700) + width(word, 12, 600) + h + 18 <= w;
  const name = fitted(pod.thing.name, 12, whole ? w : w - h - 12, 700);
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
      <path class="card" d={roundRect(0, 0, w, h, CORNER)} />
      <PodMark pod={pod} x={h / 2 + 2} y={h / 2} r={h * 0.36} />
      <text x={h + 6} y={h * 0.64} font-size={12}>
        <tspan class="name">{name}</tspan>
        <tspan class="word" dx="6" font-size={12}>
          {whole ? word : ""}
        </tspan>
      </text>
      <path class="rim" d={roundRect(0, 0, w, h, CORNER)} />
    </Pick>
  );
}
