/** Words in the room there is: a long sentence is read to its end, in letters as much smaller as it takes. */

import type { ComponentChildren, RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  /** They say when what is told is another, and must be measured again. */
  words: string;
  children: ComponentChildren;
}

const SMALLER = [1, 0.88, 0.76, 0.66];
const SMALLER_TITLES = [1, 0.86, 0.76, 0.69];

/** Give an element the largest of some sizes of letters at which it fits; measured again when its box changes. */
function useFitting(
  element: RefObject<HTMLElement | null>,
  words: string,
  sizes: readonly number[],
  fits: (element: HTMLElement, box: HTMLElement) => boolean,
): void {
  useLayoutEffect(() => {
    const says = element.current;
    const box = says?.parentElement;
    if (!says || !box) return;
    const measure = (): void => {
      for (const share of sizes) {
        says.style.fontSize = `max(12px, ${share}em)`;
        if (fits(says, box)) return;
      }
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => observer.disconnect();
  }, [words]);
}

/** A sentence in a box of fixed height. */
export function Says({ words, children }: Props) {
  const element = useRef<HTMLSpanElement>(null);
  useFitting(element, words, SMALLER, (says, box) => {
    const { paddingTop, paddingBottom } = getComputedStyle(box);
    return says.offsetHeight <= box.clientHeight - Number.parseFloat(paddingTop) - Number.parseFloat(paddingBottom) + 1;
  });
  return (
    <span class="says" ref={element}>
      {children}
    </span>
  );
}

/** A title in one line if it fits in somewhat smaller letters: the room is the picture's. */
export function Title({ words, children }: Props) {
  const element = useRef<HTMLSpanElement>(null);
  useFitting(
    element,
    words,
    SMALLER_TITLES,
    (title) => title.offsetHeight < 2 * Number.parseFloat(getComputedStyle(title).fontSize),
  );
  return (
    <h2>
      <span ref={element}>{children}</span>
    </h2>
  );
}
