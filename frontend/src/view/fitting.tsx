/** Words in a box of fixed height: a long sentence is read to its end, in letters as much smaller as it takes. */

import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const SMALLER = [1, 0.88, 0.76, 0.66];

/** `words` says when they are others, and must be measured again. */
export function Says({ words, children }: { words: string; children: ComponentChildren }) {
  const element = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const says = element.current;
    const box = says?.parentElement;
    if (!says || !box) return;
    const measure = (): void => {
      const { paddingTop, paddingBottom } = getComputedStyle(box);
      const room = box.clientHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom);
      for (const share of SMALLER) {
        says.style.fontSize = `max(12px, ${share}em)`;
        if (says.offsetHeight <= room + 1) return;
      }
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [words]);
  return (
    <span class="says" ref={element}>
      {children}
    </span>
  );
}
