/** Since when a thing is as the table says it is. */

import type { Thing } from "../document/run";
import type { Player } from "./store";
import { outagesAt } from "./traffic";

/** What the table says of each kind: a change of anything else (of how many sessions are open) begins nothing. */
const TOLD: Record<string, readonly string[]> = {
  Client: ["state", "out"],
  System: ["primary", "running", "quorum", "state"],
  Service: ["ready"],
  Node: ["machine", "api", "cordoned"],
  Pod: ["api", "process", "role", "how", "node"],
  Instance: ["process", "role", "how"],
  PersistentVolume: ["state", "attachment", "attached_to", "disk"],
};

/** Return the instant (µs) at which a thing became what it is at `tUs`; null if nothing has said. */
export function sinceUs(player: Player, thing: Thing, tUs: number): number | null {
  if (thing.kind === "Client") {
    const outages = outagesAt(player.run, thing.name, tUs);
    if (outages.length > 0) return Math.min(...outages.map((outage) => outage.start_us));
  }
  const told = TOLD[thing.kind];
  const changes = [...thing.cells.keys()]
    .filter((name) => told === undefined || told.includes(name))
    .map((name) => player.fold.change(thing, name))
    .filter((change) => change >= 0);
  return changes.length === 0 ? null : Math.max(...changes.map((change) => player.run.changes.t[change] as number));
}

/** Return the instant (µs) since which sessions have been open without a break at the fold's instant; null if none are. */
export function openSinceUs({ fold, run }: Player, sessions: Thing): number | null {
  const cell = sessions.cells.get("open");
  const { changes, strings } = run;
  let began: number | null = null;
  for (let i = fold.change(sessions, "open"); i >= 0; i -= 1) {
    if (changes.cell[i] !== cell) continue;
    if (Number(strings[changes.value[i] as number] || 0) === 0) break;
    began = changes.t[i] as number;
  }
  return began;
}
