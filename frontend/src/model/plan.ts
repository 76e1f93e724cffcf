/** What the stage must have room for: found once per run, so that nothing jumps about while it plays. */

import type { Run, Thing } from "../document/run";
import { Fold } from "./fold";
import { azOf, placeOf, truthOf } from "./scene";

export interface NodePlan {
  name: string;
  key: string;
  /** The most pods that are ever on it at once. */
  slots: number;
}

export interface ZonePlan {
  name: string;
  nodes: NodePlan[];
  /** Keys of the volumes that lie in it. */
  volumes: string[];
}

export interface StagePlan {
  zones: ZonePlan[];
  /** Where a provider's instances are, outside the cluster: its zones as places; null = it has none. */
  outside: ZonePlan | null;
  clients: string[];
  systems: string[];
  /** The most pods that ever wait for a node at once. */
  unplaced: number;
}

/** Find what the stage of a run must have room for. */
export function planOf(run: Run): StagePlan {
  const most = slotsOf(run);
  const zones = new Map<string, ZonePlan>();
  const zone = (key: string): ZonePlan => {
    const name = key.slice(key.indexOf("/") + 1);
    let found = zones.get(name);
    if (!found) {
      found = { name, nodes: [], volumes: [] };
      zones.set(name, found);
    }
    return found;
  };
  for (const thing of run.things) {
    if (thing.kind === "Zone") zone(thing.key);
    else if (thing.kind === "Node") {
      const place = { name: thing.name, key: thing.key, slots: most.get(thing.name) ?? 0 };
      zone(thing.parent ?? "Zone/").nodes.push(place);
    } else if (thing.kind === "PersistentVolume") {
      zone(thing.parent?.startsWith("Zone/") ? thing.parent : "Zone/").volumes.push(thing.key);
    }
  }
  const keys = (kind: string): string[] => run.things.filter((t) => t.kind === kind).map((t) => t.key);
  const ordered = [...zones.values()].filter((z) => z.nodes.length + z.volumes.length > 0);
  ordered.sort((a, b) => (a.name < b.name ? -1 : 1));
  const homes = homesOf(run);
  for (const each of ordered) {
    each.nodes.sort((a, b) => (a.name < b.name ? -1 : 1));
    // a volume stands below the node that holds it first: cables cross least
    const at = (key: string): number => each.nodes.findIndex((node) => node.name === homes.get(key)) >>> 0;
    each.volumes.sort((a, b) => at(a) - at(b));
  }
  return {
    zones: ordered,
    outside: outsideOf(run, most),
    clients: keys("Client"),
    systems: keys("System").filter((key) => works(run, run.byKey.get(key)!)),
    unplaced: most.get("") ?? 0,
  };
}

/** Return the place outside the cluster, with room in each of its zones for the instances that were ever there at once. */
function outsideOf(run: Run, most: ReadonlyMap<string, number>): ZonePlan | null {
  const instances = run.things.filter((thing) => thing.kind === "Instance");
  const zones = [...new Set(instances.map((thing) => String(thing.facts.outside ?? "")))].sort();
  if (zones.length === 0) return null;
  const nodes = zones.map((zone) => {
    const name = azOf(zone);
    return { name, key: name, slots: Math.max(1, most.get(name) ?? 0) };
  });
  return { name: "", nodes, volumes: [] };
}

/** Return whether a system ever has a primary or a member that runs: of others there is nothing to say. */
function works(run: Run, system: Thing): boolean {
  const { changes, strings } = run;
  const cells = ["primary", "running"].map((name) => system.cells.get(name));
  for (let i = 0; i < changes.count; i += 1) {
    const value = cells.includes(changes.cell[i]) ? strings[changes.value[i] as number] : "";
    if (value !== "" && value !== "0") return true;
  }
  return false;
}

/** Return for each volume the node that it is attached to first. */
function homesOf(run: Run): Map<string, string> {
  const homes = new Map<string, string>();
  const { changes, strings } = run;
  for (const thing of run.things) {
    const cell = thing.kind === "PersistentVolume" ? thing.cells.get("attached_to") : undefined;
    if (cell === undefined) continue;
    for (let i = 0; i < changes.count; i += 1) {
      const nodes = changes.cell[i] === cell ? (strings[changes.value[i] as number] as string) : "";
      if (nodes === "") continue;
      homes.set(thing.key, nodes.split(",")[0] as string);
      break;
    }
  }
  return homes;
}

/** Return for each node (and for "", no node) the most pods that were ever there at once. */
function slotsOf(run: Run): Map<string, number> {
  const fold = new Fold(run);
  fold.to(0);
  const pods = run.things.filter((thing) => thing.kind === "Pod" || thing.kind === "Instance");
  const isPod = new Set(pods.map((thing) => thing.index));
  const place = new Map<number, string>();
  const here = new Map<string, number>();
  const most = new Map<string, number>();
  const { changes } = run;
  for (let i = 0; i < changes.count; ) {
    const t = changes.t[i] as number;
    const touched = new Set<number>();
    for (; i < changes.count && changes.t[i] === t; i += 1) {
      const owner = run.cellOwner[changes.cell[i] as number] as number;
      if (isPod.has(owner)) touched.add(owner);
    }
    fold.to(i);
    for (const index of touched) {
      const thing = run.things[index]!;
      const exists = fold.value(thing, "api") !== "" || truthOf(fold.value(thing, "process"), "") !== "";
      const was = place.get(index);
      if (was !== undefined) here.set(was, (here.get(was) as number) - 1);
      if (!exists) place.delete(index);
      else {
        const node = placeOf(thing, fold.value(thing, "node"));
        place.set(index, node);
        here.set(node, (here.get(node) ?? 0) + 1);
      }
    }
    for (const [node, count] of here) if (count > (most.get(node) ?? 0)) most.set(node, count);
  }
  return most;
}
