/**
 * Which element on the stage draws which pod.
 *
 * While a run plays, a pod keeps its element and glides in it; a new one has a new element, and appears. After a jump
 * nothing glides: there new pods take over the elements of those that are gone, first of the one at their place, as
 * to change an element costs a fraction of making one.
 */

export class Seats {
  private taken = new Map<string, { seat: number; place: unknown }>();
  private made = 0;

  /** Return a seat for each pod, given with its place, in the order given; no two have the same. */
  of(pods: readonly (readonly [key: string, place: unknown])[], jumped: boolean): Map<string, number> {
    const keys = new Set(pods.map(([key]) => key));
    const free = [...this.taken].filter(([key]) => !keys.has(key)).map(([, held]) => held);
    const now = new Map<string, { seat: number; place: unknown }>();
    for (const [key, place] of pods) {
      const held = this.taken.get(key);
      if (held) now.set(key, { seat: held.seat, place });
    }
    const atPlace = new Map(jumped ? free.map((held) => [held.place, held.seat]) : []);
    const left = new Set(jumped ? free.map((held) => held.seat) : []);
    const fresh = pods.filter(([key]) => !now.has(key));
    for (const [key, place] of fresh) {
      const seat = atPlace.get(place);
      if (seat !== undefined && left.delete(seat)) now.set(key, { seat, place });
    }
    for (const [key, place] of fresh) {
      if (now.has(key)) continue;
      const [seat] = left;
      if (seat !== undefined) left.delete(seat);
      else this.made += 1;
      now.set(key, { seat: seat ?? this.made, place });
    }
    this.taken = now;
    return new Map(pods.map(([key]) => [key, now.get(key)?.seat ?? 0]));
  }
}
