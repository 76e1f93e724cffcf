/** The outline of bars that stand beside each other. */

/** A bar: from `x0` to `x1`, from `low` up to `high`, all as shares of what it is drawn in. */
export interface Bar {
  x0: number;
  x1: number;
  low: number;
  high: number;
}

/** Where bars are drawn, in pixels, and how high and wide at least, so that a single one is seen. */
export interface Ground {
  w: number;
  /** Where the share 0 is. */
  bottom: number;
  /** How far above that the share 1 is. */
  height: number;
  leastPx?: number;
}

const n = (value: number): string => String(Math.round(value * 100) / 100);

/** Return the path around bars: those that touch have one outline, those of no height none. */
export function area(bars: readonly Bar[], { w, bottom, height, leastPx = 0 }: Ground): string {
  const runs: Bar[][] = [];
  let last: Bar | undefined;
  for (const bar of bars) {
    if (bar.high > bar.low) {
      if (last && last.x1 === bar.x0) runs.at(-1)?.push(bar);
      else runs.push([bar]);
      last = bar;
    } else last = undefined;
  }
  const y = (share: number): string => n(bottom - height * share);
  const top = ({ low, high }: Bar): string => y(Math.max(high, low + leastPx / height));
  return runs
    .map((run) => {
      const [first] = run as [Bar];
      // what is too narrow grows to the left: to the right lies what nobody may know yet
      const x0 = Math.min(w * first.x0, Math.max(0, w * (run.at(-1) as Bar).x1 - leastPx));
      const there = run.map((bar) => `V${top(bar)}H${n(w * bar.x1)}`).join("");
      const back = [...run].reverse().map((bar) => `V${y(bar.low)}H${bar === first ? n(x0) : n(w * bar.x0)}`);
      return `M${n(x0)} ${y(first.low)}${there}${back.join("")}z`;
    })
    .join("");
}
