/**
 * The automatic speed: hurries through quiet time and slows down where something happens.
 *
 * It is a clock of its own: a curve from simulated time to the time of the show, made of straight pieces between the
 * instants that matter. A gap of `g` seconds takes `PAUSE_S * log2(1 + g)` of the show, and `LONGEST_S` at most.
 */

import { upTo } from "./search";

const PAUSE_S = 0.6;
const SHORTEST_S = 0.25;
const LONGEST_S = 3;
/** A show as a whole is not longer than this at speed 1 (the pieces are scaled). */
export const SHOW_S = 75;

/** Return how long (s of the show) a gap without events takes. */
export function gapS(simulatedS: number): number {
  return Math.min(simulatedS, Math.max(SHORTEST_S, Math.min(LONGEST_S, PAUSE_S * Math.log2(1 + simulatedS))));
}

export class Warp {
  private readonly at: Float64Array;
  private readonly show: Float64Array;

  constructor(instants: ArrayLike<number>, durationUs: number) {
    const points = [0];
    for (let i = 0; i < instants.length; i += 1) {
      const t = instants[i] as number;
      if (t > (points[points.length - 1] as number) && t < durationUs) points.push(t);
    }
    points.push(durationUs);
    this.at = Float64Array.from(points);
    this.show = new Float64Array(points.length);
    for (let i = 1; i < points.length; i += 1) {
      const gap = ((points[i] as number) - (points[i - 1] as number)) / 1e6;
      this.show[i] = (this.show[i - 1] as number) + gapS(gap);
    }
    const total = this.lengthS;
    if (total > SHOW_S)
      for (let i = 0; i < this.show.length; i += 1) this.show[i] = ((this.show[i] as number) * SHOW_S) / total;
  }

  /** How long the whole show takes. */
  get lengthS(): number {
    return this.show[this.show.length - 1] as number;
  }

  /** Return the time of the show (s) at a simulated instant (µs). */
  toShow(tUs: number): number {
    return between(this.at, this.show, tUs);
  }

  /** Return the simulated instant (µs) at a time of the show (s). */
  toSimulated(showS: number): number {
    return between(this.show, this.at, showS);
  }
}

/** Read a curve of straight pieces; beyond its ends it stands still. */
function between(xs: Float64Array, ys: Float64Array, x: number): number {
  const last = xs.length - 1;
  if (x <= (xs[0] as number)) return ys[0] as number;
  if (x >= (xs[last] as number)) return ys[last] as number;
  const i = Math.max(1, upTo(xs, x));
  const [x0, x1] = [xs[i - 1] as number, xs[i] as number];
  const [y0, y1] = [ys[i - 1] as number, ys[i] as number];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}
