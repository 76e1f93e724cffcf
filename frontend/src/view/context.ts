/** What every part of the page is handed: the store, words in the language chosen, a prefix for ids. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Language, Store } from "../model/store";
import type { Key } from "../words/en";
import { say, state } from "../words/say";

export interface Page {
  store: Store;
  prefix: string;
  /** Whether the replay is a page of its own, and no part of another. */
  whole: boolean;
}

export const PageContext = createContext<Page | null>(null);

export interface Speaking extends Page {
  language: Language;
  say: (key: Key) => string;
  state: (group: string, value: string) => string;
}

/** The page's store and words; whoever calls it is drawn again when the language changes. */
export function usePage(): Speaking {
  const page = useContext(PageContext);
  if (!page) throw new Error("a part of the page stands outside of it");
  const language = page.store.language.value;
  return {
    ...page,
    language,
    say: (key) => say(language, key),
    state: (group, value) => state(language, group, value),
  };
}
