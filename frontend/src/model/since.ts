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
