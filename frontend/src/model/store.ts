/** What the page knows and may be told to do: one instant, some variants, one choice, how it looks. No DOM here. */

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { type Run, readRun } from "../document/run";
import type { Chapter, ReplayDocument } from "../document/types";
import { Fold } from "./fold";
import { planOf, type StagePlan } from "./plan";
import { before, merged, upTo } from "./search";
import { FAULT, Histories, instants, NOTABLE } from "./story";
import { toldUntil } from "./told";
import { Warp } from "./warp";

export type Language = "en" | "zh";
export type Theme = "light" | "dark" | "projector";
export type View = "stage" | "table";
/** `auto`, or how many simulated seconds pass in one. */
export type Speed = "auto" | number;

export const SPEEDS: readonly Speed[] = ["auto", 0.5, 1, 2, 5, 10, 30, 60];
export const THEMES: readonly Theme[] = ["light", "dark", "projector"];
export const MOST_SHOWN = 4;

/** What is looked at closely: a thing, or one event. */
export interface Choice {
  variant: number;
  thing?: number;
  event?: number;
}

/** A variant with everything that is worked out once for it. */
export interface Player {
  index: number;
  run: Run;
  fold: Fold;
  plan: StagePlan;
  histories: Histories;
  notable: Float64Array;
  happenings: Float64Array;
}

/** An instant to leaf to, with the chapters that begin there: one or several. */
export interface Stop {
  t_us: number;
  chapters: readonly Chapter[];
}

/** A part of an address that is not understood, and what might stand there. */
export interface Misread {
  asked: string;
  /** Which rule it breaks: seconds within the run, how many at most, or one of some words. */
  rule: "seconds" | "most" | "words";
  possible: readonly string[];
}

export interface Settings {
  shown?: number[];
  t?: number;
  language?: Language;
  theme?: Theme;
  view?: View;
  presenter?: boolean;
}

/** Return the variants to begin with: as many as can be read at this width. */
export function firstShown(count: number, widthPx: number): number[] {
  const most = widthPx < 800 ? 1 : widthPx < 1500 ? 2 : 3;
  return Array.from({ length: Math.min(count, most) }, (_, i) => i);
}

export class Store {
  readonly scenario;
  readonly durationUs: number;
  private readonly allChapters: readonly Chapter[];
  readonly players: readonly Player[];

  readonly t = signal(0);
  /** The furthest instant so far: going back takes nothing away. */
  private readonly reached = signal(0);
  readonly playing = signal(false);
  readonly speed = signal<Speed>("auto");
  readonly shown = signal<readonly number[]>([0]);
  readonly chosen = signal<Choice | null>(null);
  readonly language = signal<Language>("en");
  readonly theme = signal<Theme>("light");
  readonly view = signal<View>("stage");
  readonly presenter = signal(false);
  readonly notes = signal(false);
  readonly help = signal(false);
  /** What the address asked for that is not understood. */
  readonly misread = signal<readonly Misread[]>([]);
  /** Whether outcomes are told before the end. */
  readonly outcomes = signal(false);
  /** Whether the last move was a jump: then nothing glides. */
  readonly jumped = signal(true);

  /** What was shown before a chapter showed others; null once somebody has chosen again. */
  private chosenShown: readonly number[] | null = null;

  readonly atEnd: ReadonlySignal<boolean>;
  /** Until when everything may be told: the room may guess the rest. */
  readonly told: ReadonlySignal<number>;
  /** Which of the stops is under way. */
  readonly stop: ReadonlySignal<number>;
  private readonly stopsNow: ReadonlySignal<readonly Stop[]>;
  private readonly warp: ReadonlySignal<Warp>;
  private readonly notable: ReadonlySignal<Float64Array>;
  private readonly happenings: ReadonlySignal<Float64Array>;

  constructor(document: ReplayDocument, settings: Settings = {}) {
    this.scenario = document.scenario;
    this.durationUs = document.scenario.duration_us;
    this.allChapters = [...(document.chapters ?? [])].sort((a, b) => a.t_us - b.t_us);
    this.players = document.variants.map((row, index) => playerOf(readRun(row), index));
    this.shown.value = this.known(settings.shown ?? [0]);
    this.moveTo(settings.t ?? 0);
    this.language.value = settings.language ?? "en";
    this.theme.value = settings.theme ?? "light";
    this.view.value = settings.view ?? "stage";
    this.presenter.value = settings.presenter ?? false;
    this.notable = computed(() => merged(...this.playersShown().map((p) => p.notable)));
    this.happenings = computed(() => merged(...this.playersShown().map((p) => p.happenings)));
    this.warp = computed(() => new Warp(this.notable.value, this.durationUs));
    this.atEnd = computed(() => this.t.value >= this.durationUs);
    this.told = computed(() => toldUntil(this.reached.value, this.durationUs, this.outcomes.value));
    this.stopsNow = computed(() => {
      const names = this.playersShown().map((p) => p.run.name);
      const those = this.allChapters.filter(
        ({ of = [] }) => of.length === 0 || of.some((each) => names.includes(each)),
      );
      return stopsOf(those);
    });
    this.stop = computed(
      () =>
        upTo(
          this.stops.map((each) => each.t_us),
          this.t.value,
        ) - 1,
    );
  }

  /** Where chapters begin, without those of what happens in none of the variants that are shown. */
  get stops(): readonly Stop[] {
    return this.stopsNow.value;
  }

  /** Return the variants on the stage in which what some chapters tell happens; none where it does in all of them. */
  ownersOf(chapters: readonly Chapter[]): Player[] {
    const everywhere = chapters.some(({ of = [] }) => of.length === 0);
    const owners = this.playersShown().filter((p) => chapters.some(({ of = [] }) => of.includes(p.run.name)));
    return everywhere || owners.length === this.shown.value.length ? [] : owners;
  }

  /** Return the variants that some chapters tell of. */
  toldIn(chapters: readonly Chapter[]): Player[] {
    return this.players.filter((p) => chapters.some(({ show = [] }) => show.includes(p.run.name)));
  }

  /** Return those of them that are not shown. */
  hiddenOf(chapters: readonly Chapter[]): Player[] {
    return this.toldIn(chapters).filter((p) => !this.shown.value.includes(p.index));
  }

  /** Return the variants on the stage. */
  playersShown(): Player[] {
    return this.shown.value.map((index) => this.players[index] as Player);
  }

  private known(indices: readonly number[]): number[] {
    const some = [...new Set(indices)].filter((i) => i >= 0 && i < this.players.length).slice(0, MOST_SHOWN);
    return some.length > 0 ? some.sort((a, b) => a - b) : [0];
  }

  private clamped(t: number): number {
    return Math.max(0, Math.min(this.durationUs, Math.round(t)));
  }

  // -- time ----------------------------------------------------------------------------------------------

  /** Go to an instant. */
  seek(tUs: number): void {
    this.jumped.value = true;
    this.moveTo(tUs);
  }

  private moveTo(tUs: number): void {
    this.t.value = this.clamped(tUs);
    this.reached.value = Math.max(this.reached.peek(), this.t.peek());
  }

  /** Let so many seconds of the onlookers' time pass. */
  tick(wallS: number): void {
    if (!this.playing.value) return;
    const now = this.t.value;
    const speed = this.speed.value;
    const next =
      speed === "auto" ? this.warp.value.toSimulated(this.warp.value.toShow(now) + wallS) : now + wallS * speed * 1e6;
    this.jumped.value = false;
    this.moveTo(Math.max(next, now + 1));
    if (this.t.value >= this.durationUs) this.playing.value = false;
  }

  /** Play or pause; from the end it begins again. */
  toggle(): void {
    if (!this.playing.value && this.atEnd.value) this.seek(0);
    this.playing.value = !this.playing.value;
  }

  /** Step to the next (1) or the previous (-1) instant at which anything happens. */
  step(direction: 1 | -1): void {
    this.go(this.happenings.value, direction);
  }

  /** Jump to the next or the previous instant that is worth stopping at. */
  jump(direction: 1 | -1): void {
    this.go(this.notable.value, direction);
  }

  /** Go to the next or the previous chapter. */
  leaf(direction: 1 | -1): void {
    this.go(
      this.stops.map((each) => each.t_us),
      direction,
    );
    const stop = this.stops[this.stop.value];
    if (stop?.t_us === this.t.value) this.showAllOf(stop);
  }

  /** Go to where chapters begin, and to the variants that they tell of. */
  open(stop: Stop): void {
    this.seek(stop.t_us);
    this.showAllOf(stop);
  }

  /** Show those that chapters tell of; where they tell of all alike, those that somebody had chosen before. */
  private showAllOf({ chapters }: Stop): void {
    if (this.hiddenOf(chapters).length > 0) {
      const before = this.chosenShown ?? this.shown.value;
      this.show(this.toldIn(chapters).map((p) => p.index));
      this.chosenShown = before;
    } else if (this.chosenShown && this.toldIn(chapters).length === 0) this.show(this.chosenShown);
  }

  private go(times: ArrayLike<number>, direction: 1 | -1): void {
    this.playing.value = false;
    const now = this.t.value;
    const i = direction > 0 ? upTo(times, now) : before(times, now) - 1;
    const end = direction > 0 ? this.durationUs : 0;
    this.moveTo(i >= 0 && i < times.length ? (times[i] as number) : end);
    this.jumped.value = direction < 0;
  }

  /** Play faster or slower. */
  faster(by: 1 | -1): void {
    const at = SPEEDS.indexOf(this.speed.value) + by;
    this.speed.value = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, at))] as Speed;
  }

  // -- what is on the stage --------------------------------------------------------------------------------

  /** Show or hide a variant. At least one stays; beyond the most, the one shown longest gives way. */
  toggleVariant(index: number): void {
    if (!this.players[index]) return;
    const now = this.shown.value;
    if (now.includes(index)) {
      if (now.length > 1) this.show(now.filter((i) => i !== index));
    } else this.show([...now.slice(Math.max(0, now.length + 1 - MOST_SHOWN)), index]);
  }

  private show(indices: readonly number[]): void {
    this.chosenShown = null;
    this.shown.value = this.known(indices);
    this.forget();
  }

  /** What is chosen in a variant that is hidden is chosen no more. */
  private forget(): void {
    const chosen = this.chosen.value;
    if (chosen && !this.shown.value.includes(chosen.variant)) this.chosen.value = null;
  }

  /** Show one variant alone; if it is alone, the first ones again. */
  only(index: number): void {
    const alone = this.shown.value.length === 1 && this.shown.value[0] === index;
    this.show(alone ? this.players.map((p) => p.index) : [index]);
  }

  choose(choice: Choice | null): void {
    this.chosen.value = choice;
  }

  nextTheme(): void {
    this.theme.value = THEMES[(THEMES.indexOf(this.theme.value) + 1) % THEMES.length] as Theme;
  }
}

/** Return some chapters, which are in order of time, by the instant at which they begin. */
function stopsOf(chapters: readonly Chapter[]): Stop[] {
  const times = [...new Set(chapters.map((chapter) => chapter.t_us))];
  return times.map((t_us) => ({ t_us, chapters: chapters.filter((chapter) => chapter.t_us === t_us) }));
}

function playerOf(run: Run, index: number): Player {
  return {
    index,
    run,
    fold: new Fold(run),
    plan: planOf(run),
    histories: new Histories(run),
    notable: instants(run, NOTABLE),
    happenings: instants(run, 1),
  };
}

/** Return the letter that a variant goes by. */
export function letterOf(index: number): string {
  return String.fromCharCode(65 + (index % 26));
}

export { FAULT };
