/** Where the focus goes when whatever had it is drawn no more: it stays inside the replay, so that keys stay its own. */

import type { RefObject } from "preact";
import { useEffect } from "preact/hooks";

/** Keep the focus inside a frame: what had it may be hidden by a mode, or be gone at another instant. */
export function useKeptFocus(frame: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = frame.current;
    if (!element) return;
    let had: Element | null = null;
    let asked = 0;
    const inside = ({ target }: FocusEvent): void => {
      had = target as Element;
    };
    const look = (): void => {
      const focused = (element.getRootNode() as ShadowRoot).activeElement;
      if (!had || focused) return;
      const gone = !had.isConnected || !had.checkVisibility();
      had = null;
      if (gone && nobodyHasIt(element.ownerDocument)) element.focus({ preventScroll: true });
    };
    const left = ({ relatedTarget }: FocusEvent): void => {
      // on its way to another element it is nobody's for a moment
      if (relatedTarget) had = null;
      else later();
    };
    const later = (): void => {
      cancelAnimationFrame(asked);
      asked = requestAnimationFrame(look);
    };
    const stop = new AbortController();
    const { signal } = stop;
    element.addEventListener("focusin", inside, { signal });
    element.addEventListener("focusout", left, { signal });
    // not every browser says so when an element goes that has the focus
    const seen = new MutationObserver(() => {
      if (had && !had.isConnected) later();
    });
    seen.observe(element, { childList: true, subtree: true });
    return () => {
      stop.abort();
      seen.disconnect();
      cancelAnimationFrame(asked);
    };
  }, [frame]);
}

/** Return whether no element of a page has the focus. */
export function nobodyHasIt({ activeElement, body, documentElement }: Document): boolean {
  return activeElement === null || activeElement === body || activeElement === documentElement;
}
