/** In presenter mode: the chapter in letters for the back row, and the speaker's notes when asked for. */

import type { Chapter } from "../document/types";
import { type Language, letterOf, type Stop, type Store } from "../model/store";
import { titlesTold } from "../model/told";
import { clock, say, titleIn } from "../words/say";
import { usePage } from "./context";

/** Return the titles of the chapters that begin at one instant, each once, with the letters of the variants that it tells of. */
export function stopTitle(store: Store, language: Language, { chapters }: Stop): string {
  const alike = new Map<string, Chapter[]>();
  for (const chapter of chapters) {
    const title = titleIn(language, chapter);
    alike.set(title, [...(alike.get(title) ?? []), chapter]);
  }
  const titles = [...alike].map(([title, some]) => {
    // where one of those it tells of is not shown, all of them are named: it is not that one's alone
    const told = store.hiddenOf(some).length > 0 ? store.toldIn(some) : store.ownersOf(some);
    const whose = told.map((player) => letterOf(player.index));
    if (whose.length === 0) return title;
    return language === "zh" ? `${title}（${whose.join("、")}）` : `${title} (${whose.join(", ")})`;
  });
  return titles.join(language === "zh" ? "；" : "; ");
}

/** Return what a list calls them: titles of what nobody has reached yet would give it away. */
export function stopWord(store: Store, language: Language, stop: Stop): string {
  const faults = store.playersShown().flatMap((player) => player.run.faults);
  const told = titlesTold(stop.chapters, faults, store.told.value);
  return told ? stopTitle(store, language, stop) : say(language, "notYetPlayed");
}

/** Return the speaker's notes on the chapters that begin at one instant. */
function notesOf(language: Language, { chapters }: Stop): string {
  const each = chapters.map((chapter) => (language === "zh" && chapter.notes_zh) || chapter.notes || "");
  return each.filter((notes) => notes !== "").join("\n");
}

export function ChapterBanner() {
  const { store, language, say } = usePage();
  const at = store.stop.value;
  const stop = store.stops[at];
  const title = stop ? stopTitle(store, language, stop) : titleIn(language, store.scenario);
  return (
    <section class="banner" aria-label={say("chapters")} aria-live="polite">
      <h1 class="title">
        {stop ? (
          <span class="number">
            {at + 1}/{store.stops.length}
          </span>
        ) : null}
        <span>{title}</span>
        {stop && store.t.value > stop.t_us ? (
          <span class="since">{say("sinceThen").replace("{}", clock(stop.t_us, 0))}</span>
        ) : null}
        <span class="at">{clock(store.t.value)}</span>
      </h1>
      {store.notes.value ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard
        <section class="notes" tabIndex={0} aria-label={say("notes")}>
          {(stop && notesOf(language, stop)) || say("noNotes")}
        </section>
      ) : null}
    </section>
  );
}
