/**
 * The state of everything at an instant, folded from changes.
 *
 * A state is one number per cell (an attribute of a thing): the index of the change that said it last, -1 if none has.
 * So it tells the value, since when, and by which event. Copies of it (keyframes) are kept every `EVERY` changes:
 * to be at any instant costs one copy and at most `EVERY` steps, however long the run is.
 */

import type { Run, Thing } from "../document/run";
import { upTo } from "./search";

export const EVERY = 512;

export class Fold {
  /** How many changes have been applied one by one since the last `seek` began: what a seek costs. */
  steps = 0;
  /** How many changes the present state holds. */
  applied = 0;
  private readonly keyframes: Int32Array[] = [];
  private readonly now: Int32Array;

  constructor(readonly run: Run) {
    this.now = new Int32Array(run.cellCount).fill(-1);
    this.keyframes.push(this.now.slice());
    for (let i = 0; i < run.changes.count; i += 1) {
      this.now[run.changes.cell[i] as number] = i;
      if ((i + 1) % EVERY === 0) this.keyframes.push(this.now.slice());
    }
    this.applied = run.changes.count;
  }

  /** Be right after everything that happened up to and including `tUs`. Returns how many changes that is. */
  seek(tUs: number): number {
    return this.to(upTo(this.run.changes.t, tUs));
  }

  /** Be where exactly `count` changes have been applied. */
  to(count: number): number {
    this.steps = 0;
    const ahead = count - this.applied;
    if (ahead < 0 || ahead > EVERY) {
      const frame = Math.floor(count / EVERY);
      this.now.set(this.keyframes[frame] as Int32Array);
      this.applied = frame * EVERY;
    }
    const { cell } = this.run.changes;
    for (let i = this.applied; i < count; i += 1) this.now[cell[i] as number] = i;
    this.steps = count - this.applied;
    this.applied = count;
    return count;
  }

  /** Return an attribute's value now; "" if it has none. */
  value(thing: Thing, attribute: string): string {
    const change = this.change(thing, attribute);
    return change < 0 ? "" : (this.run.strings[this.run.changes.value[change] as number] as string);
  }

  /** Return the change that said an attribute's value last; -1 if none has. */
  change(thing: Thing, attribute: string): number {
    const cell = thing.cells.get(attribute);
    return cell === undefined ? -1 : (this.now[cell] as number);
  }

  /** Return all attributes that a thing has now, each with the change that said so. */
  attributes(thing: Thing): { name: string; value: string; change: number }[] {
    const found: { name: string; value: string; change: number }[] = [];
    for (const [name, cell] of thing.cells) {
      const change = this.now[cell] as number;
      if (change < 0) continue;
      const value = this.run.strings[this.run.changes.value[change] as number] as string;
      if (value !== "") found.push({ name, value, change });
    }
    return found;
  }
}
