/** A word about what the address asked for and the page did not understand; it goes when it is told to. */

import { Icon } from "../look/glyphs";
import type { Misread } from "../model/store";
import { type Speaking, usePage } from "./context";

/** Return what is possible instead of a part of the address, in a sentence. */
export function insteadOf({ say }: Pick<Speaking, "say">, { rule, possible }: Misread): string {
  const words = possible.join(", ");
  if (rule === "seconds") return say("possibleSeconds").replace("{}", possible.join("–"));
  if (rule === "most") return say("possibleMost").replace("{}", words);
  return say("possibleWords").replace("{}", words);
}

export function Notice() {
  const page = usePage();
  const misread = page.store.misread.value;
  // the region is there before its words: only then are they read out
  return (
    <div class="notice" role="status">
      {misread.length === 0 ? null : (
        <div class="told">
          <Icon name="alert" size={20} />
          <div>
            <strong>{page.say("notUnderstood")}</strong>
            <ul>
              {misread.map((each) => (
                <li key={each.asked}>
                  <code>{each.asked}</code> {insteadOf(page, each)}
                </li>
              ))}
            </ul>
          </div>
          <button
            type="button"
            aria-label={page.say("close")}
            onClick={() => {
              page.store.misread.value = [];
            }}
          >
            <Icon name="cross" size={16} />
          </button>
        </div>
      )}
    </div>
  );
}
