/** What clients were answered: rates at an instant, outages under way, shapes for the strip. */

import type { Run } from "../document/run";
import type { OutageRow, TrafficRow } from "../document/types";

export interface Rates {
  f: string;
  acked: number;
  failed: number;
}

/** Return answers a second around an instant: of the step that holds it. */
export function ratesAt(row: TrafficRow | undefined, tUs: number): Rates[] {
  if (!row) return [];
  const seconds = row.step_us / 1e6;
  return [row, ...(row.also ?? [])].map((counts) => {
    const i = Math.max(0, Math.min(counts.acked.length - 1, Math.floor(tUs / row.step_us)));
    return {
      f: counts.f ?? "",
      acked: (counts.acked[i] ?? 0) / seconds,
      failed: ((counts.failed[i] ?? 0) + (counts.unknown?.[i] ?? 0)) / seconds,
    };
  });
}

/** Counts of steps longer than this are no rate of the moment: much may have come and gone in one. */
const MOMENT_US = 10e6;

/** Return whether rates of a client are averages over longer than anybody calls now. */
export function isMean(row: TrafficRow | undefined): boolean {
  return row !== undefined && row.step_us > MOMENT_US;
}

/** Return the outages of a client that are under way. */
export function outagesAt(run: Run, client: string, tUs: number): OutageRow[] {
  return run.outages.filter(
    (o) => o.client === client && o.start_us <= tUs && (o.open || tUs < (o.end_us ?? Infinity)),
  );
}

/** A kind of operation that is asked for in vain, and since when. */
export interface Vain {
  f: string;
  since_us: number;
}

/** Beside a longer outage a kind is out when it has been for so long: calls that wait their turn are answered late. */
const LATE_US = 1e6;

/** Return which kinds of operations of a client are in vain, each with its own beginning: the main kind first, then the longest. */
export function vainAt(run: Run, client: string, tUs: number): Vain[] {
  const since = new Map<string, number>();
  for (const { f, start_us } of outagesAt(run, client, tUs)) since.set(f, Math.min(start_us, since.get(f) ?? start_us));
  const found = [...since].map(([f, since_us]) => ({ f, since_us })).sort((a, b) => a.since_us - b.since_us);
  const out = found.filter((each, i) => i === 0 || tUs - each.since_us >= LATE_US);
  const main = run.traffic[client]?.f;
  return [...out.filter(({ f }) => f === main), ...out.filter(({ f }) => f !== main)];
}

/** Answers of a kind are looked for so far back: of few calls not every second has one. */
const LATELY_US = 5e6;

/** Return the kinds of operations that were answered lately, without those that are in vain. */
export function answeredAt(row: TrafficRow | undefined, tUs: number, vain: readonly Vain[]): string[] {
  if (!row) return [];
  const last = Math.floor(tUs / row.step_us);
  const first = Math.max(0, Math.floor((tUs - LATELY_US) / row.step_us));
  return [row, ...(row.also ?? [])]
    .filter((counts) => !vain.some(({ f }) => f === counts.f))
    .filter((counts) => counts.acked.slice(first, last + 1).some((count) => count > 0))
    .map((counts) => counts.f ?? "")
    .filter((f) => f !== "");
}

/** One column of the strip: from `x0` to `x1` (0 to 1 of the run), and operations a second. */
export interface Column {
  x0: number;
  x1: number;
  acked: number;
  failed: number;
  lost: number;
}

/** Return at most `columns` columns of a client's traffic over the whole run. */
export function columnsOf(row: TrafficRow, durationUs: number, columns: number): Column[] {
  const steps = row.acked.length;
  const group = Math.max(1, Math.ceil(steps / columns));
  const found: Column[] = [];
  for (let i = 0; i < steps; i += group) {
    const end = Math.min(steps, i + group);
    const seconds = (Math.min(durationUs, end * row.step_us) - i * row.step_us) / 1e6 || 1;
    const rate = (counts: number[] | undefined): number => {
      let sum = 0;
      for (let k = i; k < end; k += 1) sum += counts?.[k] ?? 0;
      return sum / seconds;
    };
    found.push({
      x0: (i * row.step_us) / durationUs,
      x1: Math.min(1, (end * row.step_us) / durationUs),
      acked: rate(row.acked),
      failed: rate(row.failed) + rate(row.unknown),
      lost: rate(row.lost),
    });
  }
  return found;
}

/** Return columns as shares of the highest of them. */
export function scaled(columns: readonly Column[]): Column[] {
  const top = Math.max(...columns.map(({ acked, failed }) => acked + failed), 0) || 1;
  return columns.map(({ acked, failed, lost, ...where }) => ({
    ...where,
    acked: acked / top,
    failed: failed / top,
    lost: lost / top,
  }));
}
