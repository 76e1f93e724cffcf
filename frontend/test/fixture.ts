/** Replay documents made by hand, and large ones made by rule. */

import { FORMAT } from "../src/document/inflate";
import type { FaultRow, OutageRow, ReplayDocument, ThingRow, TrafficRow, VariantRow } from "../src/document/types";

/** Writes a variant's columns row by row. */
export class Writer {
  private readonly strings = new Map<string, number>([["", 0]]);
  private readonly templates = new Map<string, number>([["", 0]]);
  private readonly things = new Map<string, number>();
  private readonly row: VariantRow;
  private eventT = 0;
  private lastEvent = 0;

  constructor(name: string, title = name) {
    this.row = {
      name,
      title,
      strings: [],
      objects: [],
      templates: {},
      events: { t_us: [], object: [], event: [], cause: [], template: [], fields: [], why: [], level: [] },
      changes: { event: [], object: [], attribute: [], value: [] },
    };
  }

  private string(text: string): number {
    return placeIn(this.strings, text);
  }

  thing(key: string, facts: Partial<ThingRow> = {}): this {
    const [kind = "", name = ""] = key.split("/");
    this.things.set(key, this.row.objects.length);
    this.row.objects.push({ key, kind, name, ...facts });
    return this;
  }

  /** Write an event with the changes that it brings; returns its id. */
  at(s: number, object: string, event: string, told: Told = {}): number {
    const t = Math.round(s * 1e6);
    const { events, changes } = this.row;
    const id = events.t_us.length;
    events.t_us.push(t - this.eventT);
    this.eventT = t;
    events.object.push(this.string(object));
    events.event.push(this.string(event));
    events.cause.push(told.cause === undefined ? 0 : id - told.cause);
    events.template.push(placeIn(this.templates, told.text ?? ""));
    events.fields.push(...(told.fields ?? []).map((said) => this.string(said)));
    events.why.push(this.string(told.why ?? ""));
    events.level.push(told.level ?? 1);
    for (const [key, values] of Object.entries(told.changes ?? {})) {
      for (const [attribute, value] of Object.entries(values)) {
        changes.event.push(id - this.lastEvent);
        this.lastEvent = id;
        changes.object.push(this.things.get(key) as number);
        changes.attribute.push(this.string(attribute));
        changes.value.push(this.string(value));
      }
    }
    return id;
  }

  about(object: string, thing: string): this {
    this.row.about = { ...this.row.about, [this.string(object)]: this.things.get(thing) as number };
    return this;
  }

  done(more: Partial<VariantRow> = {}): VariantRow {
    return { ...this.row, strings: [...this.strings.keys()], templates: { en: [...this.templates.keys()] }, ...more };
  }
}

function placeIn(table: Map<string, number>, text: string): number {
  const known = table.get(text);
  if (known !== undefined) return known;
  table.set(text, table.size);
  return table.size - 1;
}

interface Told {
  cause?: number;
  /** The template of its sentence, and what stands in it beside the object's kind and name. */
  text?: string;
  fields?: string[];
  why?: string;
  level?: number;
  changes?: Record<string, Record<string, string>>;
}

const S = 1e6;

/** A database of two members loses the node of its primary; the other one takes over. */
export function failover(name = "failover", title = "Two members", takesOverAt = 84): VariantRow {
  const w = new Writer(name, title);
  for (const zone of ["a", "b"]) {
    w.thing(`Zone/${zone}`).thing(`Node/n-${zone}`, { parent: `Zone/${zone}` });
    w.thing(`Node/n-${zone}-2`, { parent: `Zone/${zone}` });
  }
  for (const i of [0, 1]) {
    w.thing(`Pod/pg-${i}`).thing(`PersistentVolume/v-${i}`, { parent: `Zone/${"ab"[i]}` });
    w.thing(`Sessions/shop pg-${i}`, { client: "Client/shop", pod: `Pod/pg-${i}` });
  }
  w.thing("Service/pg").thing("System/pg", { system: "patroni" }).thing("Client/shop").thing("StatefulSet/pg");
  const up = { machine: "up", api: "ready" };
  w.at(0, "Run/x", "Started", {
    level: 0,
    changes: { "Node/n-a": up, "Node/n-b": up, "Node/n-a-2": up, "Node/n-b-2": up },
  });
  const born = [0, 1].map((i) =>
    w.at(1, `Pod/pg-${i}`, "Created", {
      text: `pod pg-${i} is made`,
      changes: { [`Pod/pg-${i}`]: { api: "pending" } },
    }),
  );
  for (const i of [0, 1]) {
    const node = `n-${"ab"[i]}`;
    const attached = { attachment: "attached", attached_to: node, size: "10Gi" };
    w.at(4, `VolumeAttachment/v-${i}@${node}`, "Attached", {
      cause: born[i],
      changes: {
        [`PersistentVolume/v-${i}`]: { state: "Bound", claim: `data-pg-${i}`, ...attached },
        [`Pod/pg-${i}`]: {
          node,
          api: "starting",
          process: "starting",
          volume: `v-${i}`,
          workload: "StatefulSet/pg",
        },
      },
    });
  }
  for (const i of [0, 1]) {
    w.at(20 + i, `Pod/pg-${i}`, "Ready", {
      text: `pod pg-${i} is Ready`,
      level: 2,
      changes: {
        [`Pod/pg-${i}`]: {
          api: "ready",
          process: "listening",
          role: i === 0 ? "primary" : "replica",
          serves: i === 0 ? "pg" : "",
        },
      },
    });
  }
  w.at(22, "Client/shop", "SessionOpened", {
    changes: {
      "Client/shop": { state: "ok", sessions: "10" },
      "Sessions/shop pg-0": { open: "10" },
      "System/pg": { primary: "pg-0", running: "2", quorum: "kept", term: "1" },
      "Service/pg": { ready: "1" },
    },
  });
  const fault = w.at(60, "Fault/1-node-crash", "Started", { text: "power cut (Node/n-a)", level: 3 });
  const crash = w.at(60, "Node/n-a", "Crashed", {
    cause: fault,
    text: "node n-a loses its power",
    why: "the power is cut",
    level: 3,
    changes: { "Node/n-a": { machine: "crashed" } },
  });
  const exit = w.at(60, "Process/pg-0", "Exited", {
    cause: crash,
    text: "the program of pg-0 has ended",
    changes: { "Pod/pg-0": { process: "dead", how: "power-cut" }, "System/pg": { primary: "", running: "1" } },
  });
  w.at(61, "Client/shop", "Outage", {
    cause: crash,
    text: "no write of shop succeeds any more",
    level: 3,
    changes: { "Client/shop": { state: "outage", out: "write" } },
  });
  const elected = w.at(takesOverAt, "System/pg", "Elected", {
    cause: exit,
    text: "pg-1 is elected",
    why: "the lease has expired",
    level: 2,
  });
  w.at(takesOverAt, "Member/pg-1", "Role", {
    cause: elected,
    text: "pg-1 is now primary",
    level: 2,
    changes: { "Pod/pg-1": { role: "primary", serves: "pg" }, "System/pg": { primary: "pg-1", term: "2" } },
  });
  w.at(takesOverAt + 2, "Client/shop", "Recovered", {
    cause: elected,
    text: "the first write of shop succeeds again",
    level: 3,
    changes: {
      "Client/shop": { state: "ok", out: "" },
      "Sessions/shop pg-0": { open: "" },
      "Sessions/shop pg-1": { open: "10" },
    },
  });
  w.at(100, "Node/n-a", "NotReady", {
    cause: crash,
    text: "the control plane calls node n-a NotReady",
    level: 2,
    changes: { "Node/n-a": { api: "not-ready" }, "Pod/pg-0": { api: "not-ready" } },
  });
  w.about("Process/pg-0", "Pod/pg-0").about("Member/pg-1", "Pod/pg-1");
  return w.done({
    headline: `no writes for ${takesOverAt + 2 - 60} s, nothing lost`,
    severity: takesOverAt > 90 ? "bad" : "good",
    traffic: { shop: trafficOf(120, 22, takesOverAt + 2) },
    outages: [{ client: "shop", f: "write", start_us: 60 * S, end_us: (takesOverAt + 2) * S }] satisfies OutageRow[],
    faults: [{ start_us: 60 * S, label: "power cut", event: fault }] satisfies FaultRow[],
  });
}

/** A managed database in two zones, outside a cluster of one node: its writer is lost at 60 s, the other one takes over at 90 s. */
export function managed(): VariantRow {
  const w = new Writer("managed", "A managed database");
  w.thing("Zone/a").thing("Node/n-a", { parent: "Zone/a" }).thing("Client/shop").thing("System/db");
  for (const zone of ["a", "b"]) {
    w.thing(`Pod/db-${zone}`, { outside: zone, kind: "Instance" });
    w.thing(`Sessions/shop db-${zone}`, { client: "Client/shop", pod: `Pod/db-${zone}` });
  }
  w.at(0, "Run/x", "Started", { changes: { "Node/n-a": { machine: "up", api: "ready" } } });
  for (const zone of ["a", "b"]) {
    const role = zone === "a" ? "primary" : "replica";
    w.at(1, `Process/db-${zone}`, "Running", {
      changes: { [`Pod/db-${zone}`]: { node: `db-${zone}`, process: "starting", role } },
    });
  }
  const leads = (name: string) => ({ primary: name, endpoint: name, running: "1" });
  w.at(2, "Client/shop", "SessionOpened", {
    changes: { "System/db": leads("db-a"), "Sessions/shop db-a": { open: "4" }, "Client/shop": { sessions: "4" } },
  });
  w.at(60, "Process/db-a", "Exited", {
    text: "the machine of db-a is gone",
    level: 3,
    changes: { "Pod/db-a": { node: "", process: "", role: "" }, "System/db": { primary: "", quorum: "lost" } },
  });
  w.at(90, "Member/db-b", "Role", {
    text: "db-b is now primary",
    level: 2,
    changes: {
      "Pod/db-b": { role: "primary" },
      "System/db": leads("db-b"),
      "Sessions/shop db-a": { open: "" },
      "Sessions/shop db-b": { open: "4" },
    },
  });
  return w.done({ headline: "out for 30 s", severity: "warn" });
}

function trafficOf(seconds: number, from: number, back: number): TrafficRow {
  const at = (f: (s: number) => number): number[] => Array.from({ length: seconds }, (_, s) => f(s));
  const out = (s: number): boolean => s >= 60 && s < back;
  return {
    step_us: S,
    f: "write",
    unit: "writes",
    acked: at((s) => (s < from || out(s) ? 0 : 5)),
    failed: at((s) => (out(s) ? 2 : 0)),
    unknown: at(() => 0),
    also: [{ f: "read", acked: at((s) => (s < from ? 0 : 5)), failed: at(() => 0) }],
  };
}

export function documentOf(variants: VariantRow[] = [failover()]): ReplayDocument {
  return {
    format: FORMAT,
    scenario: { name: "failover", title: "A node dies under a database", duration_us: 120 * S, seed: 7 },
    chapters: [
      { t_us: 0, title: "Before anything happens", title_zh: "故障之前", notes: "Ask the room what will happen." },
      { t_us: 60 * S, title: "The power is cut", title_zh: "断电" },
      { t_us: 84 * S, title: "Another member takes over", title_zh: "另一个成员接管" },
    ],
    variants,
  };
}

/** A long run by rule: `events` events, each with one change, over 60 pods on 12 nodes. */
export function long(events: number): VariantRow {
  const w = new Writer("long", "A long run");
  for (const zone of ["a", "b", "c"]) w.thing(`Zone/${zone}`);
  for (let i = 0; i < 12; i += 1) w.thing(`Node/n-${i}`, { parent: `Zone/${"abc"[i % 3]}` });
  for (let i = 0; i < 60; i += 1) w.thing(`Pod/web-${i}`);
  w.at(0, "Run/x", "Started", {
    level: 0,
    changes: Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`Node/n-${i}`, { machine: "up", api: "ready" }])),
  });
  const words = ["starting", "listening", "dead", "listening"];
  for (let i = 1; i < events; i += 1) {
    const pod = (i * 7) % 60;
    const process = words[(i + Math.floor(i / 60)) % 4] as string;
    w.at(i * 0.5, `Pod/web-${pod}`, process === "dead" ? "NotReady" : "Ready", {
      cause: i - 1,
      text: `web-${pod} is ${process}`,
      level: i % 50 === 0 ? 2 : 1,
      changes: { [`Pod/web-${pod}`]: i % 2 === 0 ? { process } : { node: `n-${i % 12}`, api: "ready", process } },
    });
  }
  return w.done();
}
