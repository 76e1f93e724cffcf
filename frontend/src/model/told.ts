/**
 * What may be told of a run: what has been reached, and what the scenario plans. Whoever watches may guess the rest.
 *
 * All of it hangs on one number: until when (µs) everything may be told; `Infinity` if nothing is kept back.
 */

import type { Run } from "../document/run";
import type { Chapter, FaultRow, OutageRow } from "../document/types";
import type { Column } from "./traffic";

/** Return until when everything may be told: the furthest instant so far; all of it once the end was reached, or outcomes were asked for. */
export function toldUntil(reachedUs: number, durationUs: number, outcomes: boolean): number {
  return outcomes || reachedUs >= durationUs ? Number.POSITIVE_INFINITY : reachedUs;
}

/** The strips grow by so many steps from the beginning to the end: a picture that changes with every frame would cost too much. */
const STEPS = 1200;

/** Return the same in whole steps: never later than it is. */
export function inSteps(untilUs: number, durationUs: number): number {
  return Number.isFinite(untilUs) ? (Math.floor((untilUs * STEPS) / durationUs) * durationUs) / STEPS : untilUs;
}

/** Return the outages that have begun, each no further than is told; how it ends is not known before it does. */
export function outagesTold(outages: readonly OutageRow[], untilUs: number, durationUs: number): OutageRow[] {
  return outages
    .filter(({ start_us }) => start_us <= untilUs)
    .map((outage) => ({ ...outage, end_us: Math.min(outage.end_us ?? durationUs, untilUs) }));
}

/** Return the columns that are over. What is lost counts as acknowledged until that is known (`loss`). */
export function columnsTold(columns: readonly Column[], untilUs: number, durationUs: number, loss: boolean): Column[] {
  // columns end at shares of the run: a microsecond is less than any of them is wide
  const over = columns.filter(({ x1 }) => x1 * durationUs <= untilUs + 1);
  return loss ? over : over.map((column) => ({ ...column, lost: 0 }));
}

/** Return whether it is known what a client has lost: from its own word on, else when all is told. */
export function lossTold(run: Run, client: string, untilUs: number): boolean {
  if (!Number.isFinite(untilUs)) return true;
  const { count, t, object, event } = run.events;
  for (let i = 0; i < count && (t[i] as number) <= untilUs; i += 1)
    if (run.strings[event[i] as number] === "Lost" && run.strings[object[i] as number] === `Client/${client}`)
      return true;
  return false;
}

/** Return whether the titles of chapters that begin together may be told: they were reached, or name faults that have a flag. */
export function titlesTold(chapters: readonly Chapter[], faults: readonly FaultRow[], untilUs: number): boolean {
  const planned = ({ t_us, title }: Chapter): boolean =>
    faults.some((fault) => fault.start_us === t_us && fault.label === title);
  return chapters.every((chapter) => chapter.t_us <= untilUs || planned(chapter));
}
