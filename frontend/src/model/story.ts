/** What happened, to whom and why: walks over a run's events. */

import type { Run, Thing } from "../document/run";
import { filled } from "../document/templates";
import { upTo } from "./search";

/** Level of an event from which on it is worth stopping at. */
export const NOTABLE = 2;
export const FAULT = 3;

/** Return the distinct instants (µs) at which something of at least `level` happens. */
export function instants(run: Run, level: number): Float64Array {
  const found: number[] = [];
  const { t, level: levels, count } = run.events;
  for (let i = 0; i < count; i += 1) {
    if ((levels[i] as number) < level) continue;
    const at = t[i] as number;
    if (found.length === 0 || found[found.length - 1] !== at) found.push(at);
  }
  return Float64Array.from(found);
}

/** Words of events by which something ends that hurt. */
const RELIEFS = new Set(["Recovered", "Reconnected", "Thawed", "Ended"]);

/** Return how an event is to be taken: something hurts, something no longer does, or neither. */
export function tidings(run: Run, event: number): "grave" | "relief" | "" {
  if ((run.events.level[event] as number) < FAULT) return "";
  return RELIEFS.has(run.strings[run.events.event[event] as number] as string) ? "relief" : "grave";
}

/** Return an event's chain of causes, itself first, the root last. Each event names one before it, so it ends. */
export function causes(run: Run, event: number): number[] {
  const chain: number[] = [];
  for (let at = event; at >= 0 && chain.length < 100; at = run.events.cause[at] as number) chain.push(at);
  return chain;
}

/** Return what an event led to, directly, up to the end of the run. */
export function effects(run: Run, event: number): number[] {
  const found: number[] = [];
  for (let i = event + 1; i < run.events.count; i += 1) if (run.events.cause[i] === event) found.push(i);
  return found;
}

/** How a sentence goes on with its reason. */
const BECAUSE: Readonly<Record<string, string>> = { en: ", because ", zh: "，原因：" };

/** Return the sentence of an event in a language, with its reason. */
export function sentence(run: Run, event: number, language = "en"): string {
  const text = textOf(run, event, language);
  const why = said(run, "why", run.events.why[event] as number, language);
  return why && !text.includes(why) ? `${text}${BECAUSE[language] ?? BECAUSE.en}${why}` : text;
}

/** Return the sentence of an event without its reason. */
export function textOf(run: Run, event: number, language = "en"): string {
  const template = run.templates[run.events.template[event] as number];
  const told = template?.said[language] ?? template?.said.en;
  return told ? filled(told, fieldsOf(run, event, language)) : wordOf(run, event);
}

/** Return what may stand in the sentence of an event, by name. */
export function fieldsOf(run: Run, event: number, language = "en"): Record<string, string> {
  const { template, fields, firstField, object } = run.events;
  const [kind = "", ...name] = (run.strings[object[event] as number] as string).split("/");
  const found: Record<string, string> = { kind, name: name.join("/") };
  run.templates[template[event] as number]?.fields.forEach((field, i) => {
    found[field] = said(run, field, fields[(firstField[event] as number) + i] as number, language);
  });
  return found;
}

/** Return what stands in a field, in a language if it is a word there; names are the same in all. */
function said(run: Run, field: string, place: number, language: string): string {
  return run.words[language]?.[field]?.[place] ?? run.strings[place] ?? "";
}

/** Return the object and the word of an event: ``Pod/pg-0 Ready``. */
export function wordOf(run: Run, event: number): string {
  return `${run.strings[run.events.object[event] as number]} ${run.strings[run.events.event[event] as number]}`;
}

/** Return the latest events up to `tUs` of at least `level`, newest last. */
export function latest(run: Run, tUs: number, level: number, limit: number): number[] {
  const found: number[] = [];
  for (let i = upTo(run.events.t, tUs) - 1; i >= 0 && found.length < limit; i -= 1) {
    if ((run.events.level[i] as number) >= level) found.push(i);
  }
  return found.reverse();
}

/** Which events about a thing of a kind are told of it; of others all but noise. */
const LEAST_LEVEL: Readonly<Record<string, number>> = { Sessions: 0, Zone: NOTABLE };

/** Says quickly which events are about a thing. */
export class Histories {
  private readonly byThing = new Map<number, number[]>();

  constructor(private readonly run: Run) {
    const seen = new Map<number, Set<number>>();
    const note = (thing: number, event: number): void => {
      if (thing < 0 || event < 0) return;
      let events = seen.get(thing);
      if (!events) {
        events = new Set();
        seen.set(thing, events);
      }
      events.add(event);
    };
    for (let i = 0; i < run.events.count; i += 1) note(run.about[i] as number, i);
    for (let i = 0; i < run.changes.count; i += 1) {
      note(run.cellOwner[run.changes.cell[i] as number] as number, run.changes.event[i] as number);
    }
    for (const [thing, events] of seen)
      this.byThing.set(
        thing,
        [...events].sort((a, b) => a - b),
      );
  }

  /** Return the events about a thing, noise left out, up to `tUs`. Of sessions each that opens or ends counts. */
  of(thing: Thing, tUs: number): number[] {
    const { t, level } = this.run.events;
    const least = LEAST_LEVEL[thing.kind] ?? 1;
    const own = thing.kind === "Zone" ? this.ofZone(thing) : (this.byThing.get(thing.index) ?? []);
    return own.filter((e) => (t[e] as number) <= tUs && (level[e] as number) >= least);
  }

  /** What happened to a zone is what happened to its machines, with the faults that did it. */
  private ofZone(zone: Thing): number[] {
    const machines = this.run.things.filter((each) => each.kind === "Node" && each.parent === zone.key);
    const events = [zone, ...machines].flatMap((each) => this.byThing.get(each.index) ?? []);
    const faults = events.map((event) => this.run.events.cause[event] as number).filter((cause) => this.isFault(cause));
    return [...new Set([...events, ...faults])].sort((a, b) => a - b);
  }

  private isFault(event: number): boolean {
    const object = event < 0 ? undefined : this.run.strings[this.run.events.object[event] as number];
    return object?.startsWith("Fault/") ?? false;
  }

  /** Return the event that explains best why a thing is as it is: the latest that was worth telling. */
  reason(thing: Thing, tUs: number): number {
    const events = this.of(thing, tUs);
    const told = events.filter((e) => (this.run.events.level[e] as number) >= NOTABLE);
    return told.at(-1) ?? events.at(-1) ?? -1;
  }
}
