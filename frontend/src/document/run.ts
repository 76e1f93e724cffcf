/** A variant, read into typed columns: what every other part of the page works on. */

import { type Template, templatesOf } from "./templates";
import type { FaultRow, OutageRow, Severity, ThingRow, Titled, TrafficRow, VariantRow, Words } from "./types";

export interface Events {
  readonly count: number;
  readonly t: Float64Array;
  readonly object: Uint32Array;
  readonly event: Uint32Array;
  /** The event that led to it; -1 = none. */
  readonly cause: Int32Array;
  readonly template: Uint32Array;
  readonly fields: Uint32Array;
  /** Where an event's fields begin in `fields`. */
  readonly firstField: Uint32Array;
  readonly why: Uint32Array;
  readonly level: Uint8Array;
}

export interface Changes {
  readonly count: number;
  readonly t: Float64Array;
  /** The cell (an attribute of a thing) that changes. */
  readonly cell: Uint32Array;
  readonly value: Uint32Array;
  readonly event: Int32Array;
}

/** A thing on the stage. `cells` says where each of its attributes lies. */
export interface Thing {
  readonly index: number;
  readonly key: string;
  readonly kind: string;
  readonly name: string;
  readonly parent: string | null;
  readonly facts: ThingRow;
  readonly cells: ReadonlyMap<string, number>;
}

export interface Run extends Readonly<Titled> {
  readonly name: string;
  readonly headline: string;
  readonly headline_zh: string | null;
  readonly severity: Severity;
  readonly strings: readonly string[];
  readonly templates: readonly Template[];
  readonly words: Words;
  readonly events: Events;
  readonly changes: Changes;
  readonly things: readonly Thing[];
  readonly byKey: ReadonlyMap<string, Thing>;
  readonly cellCount: number;
  /** Thing that a cell belongs to. */
  readonly cellOwner: Uint32Array;
  /** Which thing an event is about; -1 = none that is on the stage. */
  readonly about: Int32Array;
  readonly traffic: Readonly<Record<string, TrafficRow>>;
  readonly outages: readonly OutageRow[];
  readonly faults: readonly FaultRow[];
  readonly metrics: Readonly<Record<string, number | string | null>>;
}

/** Undo differences: times are written as the distance to the one before. */
export function summed(deltas: readonly number[]): Float64Array {
  const times = new Float64Array(deltas.length);
  let t = 0;
  for (let i = 0; i < deltas.length; i += 1) {
    t += deltas[i] as number;
    times[i] = t;
  }
  return times;
}

/** Return where the fields of each event begin. */
function firstFields(template: readonly number[], templates: readonly Template[]): Uint32Array {
  const first = new Uint32Array(template.length);
  let at = 0;
  template.forEach((place, i) => {
    first[i] = at;
    at += templates[place]?.fields.length ?? 0;
  });
  return first;
}

function readEvents(row: VariantRow, templates: readonly Template[]): Events {
  const columns = row.events;
  const count = columns.t_us.length;
  const cause = new Int32Array(count);
  for (let i = 0; i < count; i += 1) {
    const back = columns.cause[i] ?? 0;
    cause[i] = back === 0 ? -1 : i - back;
  }
  return {
    count,
    t: summed(columns.t_us),
    object: Uint32Array.from(columns.object),
    event: Uint32Array.from(columns.event),
    cause,
    template: Uint32Array.from(columns.template),
    fields: Uint32Array.from(columns.fields),
    firstField: firstFields(columns.template, templates),
    why: Uint32Array.from(columns.why),
    level: Uint8Array.from(columns.level),
  };
}

/** Read a variant. */
export function readRun(row: VariantRow): Run {
  const templates = templatesOf(row.templates);
  const events = readEvents(row, templates);
  const columns = row.changes;
  const count = columns.event.length;
  const cells: Map<string, number>[] = row.objects.map(() => new Map());
  const owners: number[] = [];
  const cell = new Uint32Array(count);
  const event = Int32Array.from(summed(columns.event));
  for (let i = 0; i < count; i += 1) {
    const owner = columns.object[i] as number;
    const attribute = row.strings[columns.attribute[i] as number] as string;
    const own = cells[owner] as Map<string, number>;
    let at = own.get(attribute);
    if (at === undefined) {
      at = owners.length;
      own.set(attribute, at);
      owners.push(owner);
    }
    cell[i] = at;
  }
  const things: Thing[] = row.objects.map((facts, index) => ({
    index,
    key: facts.key,
    kind: facts.kind,
    name: facts.name,
    parent: facts.parent ?? null,
    facts,
    cells: cells[index] as Map<string, number>,
  }));
  const byKey = new Map(things.map((thing) => [thing.key, thing]));
  return {
    name: row.name,
    title: row.title || row.name,
    title_zh: row.title_zh ?? null,
    headline: row.headline ?? "",
    headline_zh: row.headline_zh ?? null,
    severity: row.severity ?? "good",
    strings: row.strings,
    templates,
    words: row.words ?? {},
    events,
    changes: {
      count,
      t: Float64Array.from(event, (id) => events.t[id] as number),
      cell,
      value: Uint32Array.from(columns.value),
      event,
    },
    things,
    byKey,
    cellCount: owners.length,
    cellOwner: Uint32Array.from(owners),
    about: aboutOf(row, events, byKey),
    traffic: row.traffic ?? {},
    outages: row.outages ?? [],
    faults: row.faults ?? [],
    metrics: row.metrics ?? {},
  };
}

function aboutOf(row: VariantRow, events: Events, byKey: ReadonlyMap<string, Thing>): Int32Array {
  const known = new Map<number, number>();
  const about = new Int32Array(events.count);
  for (let i = 0; i < events.count; i += 1) {
    const object = events.object[i] as number;
    let thing = known.get(object);
    if (thing === undefined) {
      thing = row.about?.[String(object)] ?? byKey.get(row.strings[object] as string)?.index ?? -1;
      known.set(object, thing);
    }
    about[i] = thing;
  }
  return about;
}
