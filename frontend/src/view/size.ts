/** How large an element is, measured again whenever that changes. */

import { useSignal } from "@preact/signals";
import type { RefObject } from "preact";
import { useLayoutEffect } from "preact/hooks";

export interface Size {
  w: number;
  h: number;
}

/** Return the size of a ref's element, 0 before it is there. */
export function useSize(ref: RefObject<HTMLElement | null>): Size {
  const size = useSignal<Size>({ w: 0, h: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = (): void => {
      const { clientWidth: w, clientHeight: h } = element;
      if (w !== size.value.w || h !== size.value.h) size.value = { w, h };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, size]);
  return size.value;
}
