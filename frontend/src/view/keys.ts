/** The keyboard: every key does one thing, whatever has the focus, except where letters are typed. */

import type { Store } from "../model/store";

/** Do what a key asks for; return whether it asked for anything. */
export function press(store: Store, key: string, shift = false): boolean {
  const known = ACTIONS[shift ? `Shift+${key}` : key] ?? ACTIONS[key.length === 1 ? key.toLowerCase() : key];
  if (known) {
    known(store);
    return true;
  }
  if (/^[1-9]$/.test(key) && store.players[Number(key) - 1]) {
    store.toggleVariant(Number(key) - 1);
    return true;
  }
  return false;
}

const ACTIONS: Record<string, (store: Store) => void> = {
  " ": (s) => s.toggle(),
  k: (s) => s.toggle(),
  ArrowRight: (s) => s.step(1),
  ArrowLeft: (s) => s.step(-1),
  "Shift+ArrowRight": (s) => s.jump(1),
  "Shift+ArrowLeft": (s) => s.jump(-1),
  ".": (s) => s.jump(1),
  ",": (s) => s.jump(-1),
  PageDown: (s) => s.leaf(1),
  PageUp: (s) => s.leaf(-1),
  Home: (s) => s.seek(0),
  End: (s) => s.seek(s.durationUs),
  "+": (s) => s.faster(1),
  "=": (s) => s.faster(1),
  "-": (s) => s.faster(-1),
  t: (s) => {
    s.view.value = s.view.value === "table" ? "stage" : "table";
  },
  p: (s) => {
    s.presenter.value = !s.presenter.value;
  },
  n: (s) => {
    s.notes.value = !s.notes.value;
  },
  o: (s) => {
    s.outcomes.value = !s.outcomes.value;
  },
  d: (s) => s.nextTheme(),
  l: (s) => {
    s.language.value = s.language.value === "en" ? "zh" : "en";
  },
  "?": (s) => {
    s.help.value = !s.help.value;
  },
  Escape: (s) => {
    if (s.help.value) s.help.value = false;
    else if (s.misread.value.length > 0) s.misread.value = [];
    else s.choose(null);
  },
};

/** Listen to a page or to a part of one. Returns how to stop. */
export function listen(target: Document | HTMLElement, store: Store): () => void {
  const heard = (raw: Event): void => {
    const event = raw as KeyboardEvent;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    // the innermost: outside of the replay's own tree the event is said to be of the whole replay
    const on = event.composedPath()[0] as HTMLElement | undefined;
    if (on?.matches?.("select, textarea, [contenteditable], input:not([type=range])")) return;
    // Space presses the button that has the focus, as everywhere
    if (event.key === " " && on?.matches?.("button, [role=button]")) return;
    if (store.help.value && event.key !== "Escape" && event.key !== "?") return;
    if (press(store, event.key, event.shiftKey && event.key.startsWith("Arrow"))) event.preventDefault();
  };
  target.addEventListener("keydown", heard);
  return () => target.removeEventListener("keydown", heard);
}
