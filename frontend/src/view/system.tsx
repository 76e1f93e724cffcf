/** Above the zones: systems, with who leads them, or what is wrong. */

import { type Glyph, Mark } from "../look/glyphs";
import { fitted, LEAST, sized, width } from "../look/measure";
import { Filled, markPath, roundRect } from "../look/patterns";
import type { Box } from "../model/layout";
import type { SystemNow } from "../model/scene";
import type { Player } from "../model/store";
import { type Speaking, usePage } from "./context";
import { Pick } from "./pick";

export interface SystemWords {
  /** How it stands; empty where nobody leads by design. */
  one: string;
  /** The same for where there is less room. */
  brief: string;
  /** What else there is to say, in order. */
  facts: readonly Fact[];
  tone: string;
}

/** Of facts that have no room together, those that matter least give way. */
export interface Fact {
  words: string;
  matters: number;
}

/** Return how a system stands: who leads it, or what is wrong. */
export function systemWords(page: Speaking, system: SystemNow): SystemWords {
  const leads = system.thing.cells.has("primary");
  // of a managed database the provider decides, not a vote
  const undecided = system.quorum === "lost" && system.endpoint === "";
  const told = (one: string, tone: string, brief = one): SystemWords => ({
    one,
    brief,
    tone,
    facts: factsOf(page, system, leads && undecided && one === page.say("noPrimary")),
  });
  if (!system.begun) return told(page.say("notBegun"), "pending");
  if (system.running === 0) return told(page.say("noMember"), "dead");
  if (!leads) return undecided ? told(page.say("noQuorum"), "dead") : told("", "serving");
  const [first, ...others] = system.primaries;
  if (first === undefined) return told(page.say("noPrimary"), "dead");
  if (others.length === 0) return told(`${page.say("primaryIs")} ${first}`, "primary");
  const two = page.say("twoPrimaries");
  return told(`${two}: ${system.primaries.join(", ")}`, "twice", two);
}

function factsOf(page: Speaking, system: SystemNow, undecided: boolean): Fact[] {
  const { running, term, state, thing } = system;
  const all: Fact[] = [
    { words: thing.name, matters: 4 },
    { words: undecided ? page.say("noQuorum") : "", matters: 5 },
    { words: state, matters: 3 },
    { words: thing.facts.system ? String(thing.facts.system) : "", matters: 0 },
    { words: running === null ? "" : `${running} ${page.say(running === 1 ? "member" : "members")}`, matters: 2 },
    { words: term ? `${page.say("term")} ${term}` : "", matters: 1 },
  ];
  return all.filter((fact) => fact.words !== "");
}

/** Return facts in one line of so much room: what matters least is left out first, and what is left is whole. */
export function inLine(facts: readonly Fact[], size: number, room: number, weight: number): string {
  const left = [...facts];
  const line = (): string => left.map((fact) => fact.words).join(" · ");
  while (left.length > 1 && width(line(), size, weight) > room) {
    const least = Math.min(...left.map((fact) => fact.matters));
    left.splice(
      left.findIndex((fact) => fact.matters === least),
      1,
    );
  }
  return fitted(line(), size, room, weight);
}

const GLYPHS: Readonly<Record<string, Glyph>> = {
  pending: "hourglass",
  dead: "cross",
  twice: "two",
  primary: "star",
  serving: "copy",
};

export function SystemChip({ player, system, box }: { player: Player; system: SystemNow; box: Box }) {
  const page = usePage();
  const { one, brief, facts, tone } = systemWords(page, system);
  const { name } = system.thing;
  const { w, h } = box;
  const label = `${page.state("kind", "System")} ${[`${name}: ${one}`, ...facts.slice(1).map((fact) => fact.words)].join("; ")}`;
  const left = 50;
  const room = w - left - 8;
  // beside whoever leads stands the name of what is led; where nobody does, the name is what is told
  const told = one === "" ? name : width(one, LEAST, 700) <= room ? one : brief;
  const size = sized(told, 13.5, room, 700);
  return (
    <Pick player={player} thing={system.thing} label={label} x={box.x} y={box.y} kind={`system t-${tone}`}>
      <path class="card" d={roundRect(0, 0, w, h, 9)} />
      <Filled tone={tone} prefix={page.prefix} d={markPath("hexagon", 25, h / 2, 15)} />
      <Mark name={GLYPHS[tone] ?? "copy"} x={15} y={h / 2 - 10} size={20} colour="var(--ink-on)" weight={3} />
      <text class={tone === "dead" || tone === "twice" ? "big alarm" : "big"} x={left} y={18.5} font-size={size}>
        {fitted(told, size, room, 700)}
      </text>
      <text class="word" x={left} y={36} font-size={LEAST}>
        {inLine(one === "" ? facts.slice(1) : facts, LEAST, room, 600)}
      </text>
      <path class="rim" d={roundRect(0, 0, w, h, 9)} />
    </Pick>
  );
}
