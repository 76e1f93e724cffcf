/** What parts of the page are handed, without a page. */

import type { Language, Store } from "../src/model/store";
import type { Speaking } from "../src/view/context";
import { say, state } from "../src/words/say";

export function speaking(store: Store, language: Language): Speaking {
  return {
    store,
    language,
    prefix: "",
    whole: true,
    say: (key) => say(language, key),
    state: (group, value) => state(language, group, value),
  };
}
