/** In presenter mode: the chapter in letters for the back row, and the speaker's notes when asked for. */

import type { Chapter } from "../document/types";
import { type Language, letterOf, type Store } from "../model/store";
import { clock, titleIn } from "../words/say";
import { usePage } from "./context";

/** Return a chapter's title, with the letters of variants that it tells of and that are not shown. */
export function chapterTitle(store: Store, language: Language, chapter: Chapter): string {
  const title = titleIn(language, chapter);
  const letters = store.hiddenOf(chapter).map((player) => letterOf(player.index));
  if (letters.length === 0) return title;
  return language === "zh" ? `${title}（${letters.join("、")}）` : `${title} (${letters.join(", ")})`;
}

export function ChapterBanner() {
  const { store, language, say } = usePage();
  const at = store.chapter.value;
  const chapter = store.chapters[at];
  const title = chapter ? chapterTitle(store, language, chapter) : titleIn(language, store.scenario);
  const notes = (language === "zh" && chapter?.notes_zh) || chapter?.notes;
  return (
    <section class="banner" aria-label={say("chapters")} aria-live="polite">
      <h1 class="title">
        {chapter ? (
          <span class="number">
            {at + 1}/{store.chapters.length}
          </span>
        ) : null}
        <span>{title}</span>
        {chapter && store.t.value > chapter.t_us ? (
          <span class="since">{say("sinceThen").replace("{}", clock(chapter.t_us, 0))}</span>
        ) : null}
        <span class="at">{clock(store.t.value)}</span>
      </h1>
      {store.notes.value ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard
        <section class="notes" tabIndex={0} aria-label={say("notes")}>
          {notes || say("noNotes")}
        </section>
      ) : null}
    </section>
  );
}
