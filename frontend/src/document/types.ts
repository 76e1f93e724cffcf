/** The replay document as Python writes it (docs/reference/replay.md): tables in columns, strings by index. */

/** A title, and the same in Chinese where the scenario has it. */
export interface Titled {
  title: string;
  title_zh?: string | null;
}

export interface Scenario extends Titled {
  name: string;
  description?: string;
  look_for?: string[];
  seed?: number;
  duration_us: number;
  kubernetes?: string;
}

export interface Chapter extends Titled {
  t_us: number;
  notes?: string | null;
  notes_zh?: string | null;
  /** The variants that it tells of: who goes to it is shown these; empty: whatever is shown. */
  show?: readonly string[];
  /** Those in which it happens: it is there while one of these is shown; empty: always. */
  of?: readonly string[];
}

export type Severity = "good" | "warn" | "bad";

export interface EventColumns {
  t_us: number[];
  object: number[];
  event: number[];
  /** How many events back the cause lies; 0 = none. */
  cause: number[];
  /** Which of the variant's templates its sentence is made of. */
  template: number[];
  /** What stands in those sentences, one event's fields after the other's: places in `strings`. */
  fields: number[];
  why: number[];
  level: number[];
}

/** A thing on the stage, with facts that never change. */
export interface ThingRow {
  key: string;
  kind: string;
  name: string;
  parent?: string | null;
  [fact: string]: unknown;
}

export interface ChangeColumns {
  /** Which event brought it: each less the one before it. */
  event: number[];
  object: number[];
  attribute: number[];
  value: number[];
}

export interface TrafficCounts {
  f?: string;
  unit?: string;
  acked: number[];
  failed: number[];
  unknown?: number[];
  lost?: number[];
}

export interface TrafficRow extends TrafficCounts {
  step_us: number;
  also?: TrafficCounts[];
}

export interface OutageRow {
  client: string;
  f: string;
  start_us: number;
  end_us: number | null;
  open?: boolean;
}

export interface FaultRow {
  start_us: number;
  end_us?: number | null;
  label: string;
  label_zh?: string | null;
  event?: number | null;
  do?: string;
  targets?: string[];
}

/** By language, and by the field of a sentence: the place of a string, and what it is called in that language. */
export type Words = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

export interface VariantRow extends Titled {
  name: string;
  headline?: string;
  headline_zh?: string | null;
  severity?: Severity;
  strings: string[];
  /** Sentences with their fields in braces, by language. */
  templates: Record<string, string[]>;
  words?: Words;
  events: EventColumns;
  objects: ThingRow[];
  changes: ChangeColumns;
  about?: Record<string, number>;
  traffic?: Record<string, TrafficRow>;
  outages?: OutageRow[];
  faults?: FaultRow[];
  metrics?: Record<string, number | string | null>;
}

export interface ReplayDocument {
  format: string;
  scenario: Scenario;
  chapters?: Chapter[];
  variants: VariantRow[];
}
