/** What Kubernetes says of a pod, and the Service that sends it clients: two facts, neither at the other's cost. */

import type { Run } from "../document/run";
import { MarkAround } from "../look/glyphs";
import { apiLook } from "../look/looks";
import { clipped, fitted, width } from "../look/measure";
import { CORNER, cornered, Filled } from "../look/patterns";
import type { Box } from "../model/layout";
import type { PodNow } from "../model/scene";
import type { Player } from "../model/store";
import type { Speaking } from "./context";

const WEIGHT = 600;
const SIZE = 12;
const PAD = 7;

const wantedIn = new WeakMap<Run, readonly string[]>();

/** Return the Services that clients of a run connect to: these never change. */
function wantedOf(run: Run): readonly string[] {
  let wanted = wantedIn.get(run);
  if (!wanted) {
    const targets = run.things.flatMap((thing) =>
      thing.kind === "Client" ? [thing.facts.target, thing.facts.read_target].flat().map(String) : [],
    );
    wanted = targets.filter((target) => target.startsWith("Service/")).map((target) => target.slice(8));
    wantedIn.set(run, wanted);
  }
  return wanted;
}

/** Return the Service to name on a pod: one that a client connects to, if it is known which these are. */
export function servedBy(pod: PodNow, player: Player): string {
  const wanted = wantedOf(player.run);
  return (wanted.length > 0 ? pod.serves.find((name) => wanted.includes(name)) : pod.serves[0]) ?? "";
}

export interface Said {
  says: string;
  serves: string;
}

/** Return the Service shortened to fit: never its arrow. */
function shortened(serves: string, size: number, room: number): string {
  const arrow = "→ ";
  return arrow + fitted(serves.slice(arrow.length), size, room - width(arrow, size, WEIGHT), WEIGHT);
}

const WHO = "K8s: ";

/** Return what Kubernetes says in so much room: what it says comes before that it is Kubernetes that says so. */
function saidIn(says: string, size: number, room: number): string {
  const whole = width(says, size, WEIGHT) <= room || !says.startsWith(WHO);
  return clipped(whole ? says : says.slice(WHO.length), size, room, WEIGHT);
}

/** Return both facts in one line of so much room, shortened as little as need be. */
export function inOneLine(says: string, serves: string, room: number, size: number): Said {
  const gap = serves ? 0.6 * size : 0;
  const left = room - gap - width(says, size, WEIGHT);
  if (serves === "" || width(serves, size, WEIGHT) <= left) return { says: saidIn(says, size, room), serves: serves };
  const short = left >= width("→ …ab", size, WEIGHT) ? shortened(serves, size, left) : "→";
  return { says: saidIn(says, size, room - gap - width(short, size, WEIGHT)), serves: short };
}

/** Return the two facts about a pod in words; the second one is empty where no Service lists it. */
export function factsOf(page: Speaking, pod: PodNow, player: Player): Said {
  const service = servedBy(pod, player);
  return { says: `${WHO}${page.state("api", pod.api)}`, serves: service ? `→ ${service}` : "" };
}

/** Return how many lines the two facts need in a strip of a width. */
export function linesOf({ says, serves }: Said, w: number): 1 | 2 {
  const room = w - 2 * PAD;
  return serves && width(says, SIZE, WEIGHT) + width(serves, SIZE, WEIGHT) + 0.6 * SIZE > room ? 2 : 1;
}

interface Props {
  page: Speaking;
  pod: PodNow;
  facts: Said;
  box: Box;
  k: number;
  lines: 1 | 2;
}

/** The strip below a card's words. */
export function SaysStrip({ page, pod, facts, box, k, lines }: Props) {
  const { x, y, w, h } = box;
  const look = apiLook(pod.api);
  const room = w - 2 * PAD;
  const both = width(facts.says, SIZE, WEIGHT) + width(facts.serves, SIZE, WEIGHT) + 0.62 * SIZE;
  const widest = lines === 1 ? both : width(facts.says, SIZE, WEIGHT);
  const size = Math.max(SIZE, Math.min(SIZE * k, (0.995 * SIZE * room) / widest));
  const { says, serves } = lines === 1 ? inOneLine(facts.says, facts.serves, room, size) : facts;
  // no tail of a letter touches the rim, or the line below
  const first = y + h * (lines === 1 ? 0.7 : 0.37);
  return (
    <g class={`t-${look.tone} says`}>
      <Filled
        tone={look.tone}
        prefix={page.prefix}
        d={cornered(x, y, w, h, CORNER, { bl: true, br: true })}
        outline={false}
      />
      <text x={x + PAD} y={first} font-size={size}>
        {saidIn(says, size, room)}
      </text>
      {serves ? (
        <text
          x={lines === 1 ? x + w - PAD : x + PAD}
          y={lines === 1 ? first : y + h * 0.81}
          font-size={size}
          text-anchor={lines === 1 ? "end" : "start"}
        >
          {shortened(serves, size, room)}
        </text>
      ) : null}
    </g>
  );
}

/** Where a card is one line: a cell beside the mark's, with the glyph of what Kubernetes says and, if listed, an arrow. */
export function SaysCell({ page, pod, facts, box, k }: Omit<Props, "lines">) {
  const look = apiLook(pod.api);
  const { x, y, w, h } = box;
  // in a flat cell the two marks stand side by side
  const flat = w > h;
  const size = Math.min(13 * k, flat ? h * 0.8 : w * 0.62);
  const two = facts.serves !== "" && (flat || h >= 24);
  const top = two && !flat ? y + h * 0.27 : y + h / 2;
  const middle = two && flat ? x + w * 0.29 : x + w / 2;
  // below the mark it is the card's corner
  const d = cornered(x, y, w, h, CORNER, { tl: false, tr: false, bl: flat, br: false });
  return (
    <g class={`t-${look.tone} says`}>
      {Filled({ tone: look.tone, prefix: page.prefix, d, outline: false })}
      <path class="between" d={flat ? `M${x} ${y}h${w}` : `M${x} ${y}v${h}`} />
      {MarkAround({
        name: look.glyph,
        x: middle,
        y: top,
        size: size * 0.8,
        colour: "var(--ink-on)",
        weight: 3.6,
      })}
      {two
        ? MarkAround({
            name: "goesTo",
            x: flat ? x + w * 0.7 : x + w / 2,
            y: flat ? y + h / 2 : y + h * 0.73,
            size,
            colour: "var(--ink-on)",
            weight: 2.8,
          })
        : null}
    </g>
  );
}
