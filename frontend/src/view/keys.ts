/** The keyboard: every key does one thing, whatever has the focus, except where letters are typed. */

import type { Store } from "../model/store";
import { nobodyHasIt } from "./focus";

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
    else if (s.chosen.value) s.choose(null);
    else s.presenter.value = false;
  },
};

/** Return whether whoever presses a key types. */
const types = (on: HTMLElement | undefined): boolean =>
  on?.matches?.("select, textarea, [contenteditable], input:not([type=range])") ?? false;

/**
 * Listen to the keyboard; return how to stop.
 *
 * A replay that is a page of its own hears the whole page. One that is a part of another hears what is pressed while
 * it has the focus, and, as a presentation, what is pressed while nobody has it.
 */
export function listen(element: HTMLElement, store: Store, whole: boolean): () => void {
  const page = element.ownerDocument;
  let pointed: EventTarget | null = null;
  const heard = (raw: Event): void => {
    const event = raw as KeyboardEvent;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    // the innermost: outside of the replay's own tree the event is said to be of the whole replay
    const on = event.composedPath()[0] as HTMLElement | undefined;
    if (types(on)) return;
    // Space presses the button that has the focus, as everywhere; on the stage only what the keyboard went to
    if (event.key === " " && on?.matches?.("button")) return;
    if (event.key === " " && on?.matches?.("[role=button]") && on !== pointed) {
      on.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      event.preventDefault();
      return;
    }
    if (store.help.value && event.key !== "Escape" && event.key !== "?") return;
    if (press(store, event.key, event.shiftKey && event.key.startsWith("Arrow"))) event.preventDefault();
  };
  const presenting = (event: Event): void => {
    if (store.presenter.value && nobodyHasIt(page)) heard(event);
  };
  const points = (event: Event): void => {
    pointed = (event.composedPath()[0] as Element).closest("[role=button]");
  };
  const focuses = (event: Event): void => {
    if (event.composedPath()[0] !== pointed) pointed = null;
  };
  const stop = new AbortController();
  const { signal } = stop;
  element.addEventListener("pointerdown", points, { signal });
  element.addEventListener("focusin", focuses, { signal });
  if (whole) page.addEventListener("keydown", heard, { signal });
  else {
    element.addEventListener("keydown", heard, { signal });
    page.addEventListener("keydown", presenting, { signal });
  }
  return () => stop.abort();
}

/**
 * Keep what is pressed in a replay from JupyterLab, which hears keys before what has the focus does: `d d` would delete
 * the cell. An attribute tells it so (Lumino's ``data-lm-suppress-shortcuts``); keys with Ctrl, Alt or Cmd stay its own.
 */
export function keepFromJupyter(element: HTMLElement): () => void {
  const told = ({ ctrlKey, metaKey, altKey }: KeyboardEvent): void => {
    element.toggleAttribute("data-lm-suppress-shortcuts", !(ctrlKey || metaKey || altKey));
  };
  const stop = new AbortController();
  window.addEventListener("keydown", told, { capture: true, signal: stop.signal });
  return () => stop.abort();
}
