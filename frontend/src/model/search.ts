/** Searching sorted times. */

/** Return how many of the sorted `times` are at most `t`. */
export function upTo(times: ArrayLike<number>, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) <= t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return how many of the sorted `times` are less than `t`. */
export function before(times: ArrayLike<number>, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < t) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Return the sorted, distinct numbers of several lists. */
export function merged(...lists: ArrayLike<number>[]): Float64Array {
  const all = new Set<number>();
  for (const list of lists) for (let i = 0; i < list.length; i += 1) all.add(list[i] as number);
  return Float64Array.from(all).sort();
}
