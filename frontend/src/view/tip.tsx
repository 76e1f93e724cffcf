/** What the pointer or the keyboard is on, in words: where a card has room for marks alone, this says what they mean. */

import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { usePage } from "./context";

const GAP_PX = 6;

/** Return what can be chosen on a stage and lies around a place of the page. */
function around(at: EventTarget | null): Element | null {
  // a zone says its own name, and is all around everything
  return at instanceof Element ? at.closest(".stage [data-key]:not(.zone)") : null;
}

/** It listens to the element that it stands in, and stands below what it tells of, or above where there is no room. */
export function Tip() {
  const { store } = usePage();
  const element = useRef<HTMLParagraphElement>(null);
  const on = useSignal<Element | null>(null);
  useEffect(() => {
    const parent = element.current?.parentElement;
    if (!parent) return;
    const pointed = ({ target }: Event): void => {
      on.value = around(target);
    };
    const focused = ({ target }: Event): void => {
      if (target instanceof Element && target.matches(":focus-visible")) on.value = around(target);
    };
    const gone = (): void => {
      on.value = null;
    };
    const pressed = (event: KeyboardEvent): void => {
      if (event.key === "Escape") gone();
    };
    const stop = new AbortController();
    const { signal } = stop;
    parent.addEventListener("pointerover", pointed, { signal });
    parent.addEventListener("pointerleave", gone, { signal });
    parent.addEventListener("focusin", focused, { signal });
    parent.addEventListener("focusout", gone, { signal });
    parent.addEventListener("keydown", pressed, { signal });
    parent.addEventListener("scroll", gone, { signal, capture: true });
    return () => stop.abort();
  }, [on]);
  const it = on.value;
  // as time goes by the same thing has other words and another place, or is there no more
  const at = it ? store.t.value : 0;
  useLayoutEffect(() => {
    const tip = element.current;
    if (!tip || !it) return;
    const drawn = requestAnimationFrame(() => {
      tip.textContent = it.isConnected ? it.getAttribute("aria-label") : "";
      put(tip, it);
    });
    return () => cancelAnimationFrame(drawn);
  }, [it, at]);
  // a screen reader has these words from the thing itself
  return <p class="tip" ref={element} aria-hidden="true" hidden={!it} />;
}

/** Put a tip below a thing, within the element that both stand in. */
function put(tip: HTMLElement, it: Element): void {
  const frame = (tip.offsetParent ?? tip).getBoundingClientRect();
  const box = it.getBoundingClientRect();
  const left = Math.max(GAP_PX, Math.min(box.left - frame.left, frame.width - tip.offsetWidth - GAP_PX));
  const below = box.bottom - frame.top + GAP_PX;
  const top = below + tip.offsetHeight <= frame.height ? below : box.top - frame.top - tip.offsetHeight - GAP_PX;
  tip.style.translate = `${left.toFixed(0)}px ${top.toFixed(0)}px`;
}
