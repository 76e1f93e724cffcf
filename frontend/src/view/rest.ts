/** While somebody drags the scrubber, what is out of sight can wait until the hand rests. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Box } from "../model/layout";

/** A hand that drags moves again within this time. */
const REST_MS = 120;

/** Return whether a hand rests: `what` has been the same for a moment, or nothing `waits` for that. */
export function useRest(what: unknown, waits: boolean): boolean {
  const rested: Signal<unknown> = useSignal(undefined);
  useEffect(() => {
    if (!waits) return;
    const timer = setTimeout(() => {
      rested.value = what;
    }, REST_MS);
    return () => clearTimeout(timer);
  }, [what, waits, rested]);
  return !waits || rested.value === what;
}

/** Return whether a box of a drawing lies outside of what is seen of it. */
export function outOfSight(box: Box, top: number, bottom: number): boolean {
  return box.y > bottom || box.y + box.h < top;
}
