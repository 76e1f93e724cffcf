/** Flags on the scrubber's axis: which faults share one, whose they are, and which words of them have room. */

import type { FaultRow } from "../document/types";

/** A fault with the variants, of those that are shown, in which it strikes. */
export interface Struck {
  fault: FaultRow;
  variants: number[];
}

/** One flag: the faults from it to the next one, the first of which it stands on. */
export interface Flag {
  tUs: number;
  faults: Struck[];
}

/** Return the faults of variants in order of time; one that strikes in several is one with all their indices. */
export function struckIn(variants: readonly { index: number; faults: readonly FaultRow[] }[]): Struck[] {
  const found = new Map<string, Struck>();
  for (const { index, faults } of variants)
    for (const fault of faults) {
      const key = `${fault.start_us} ${fault.label}`;
      const known = found.get(key);
      if (!known) found.set(key, { fault, variants: [index] });
      else if (!known.variants.includes(index)) known.variants.push(index);
    }
  return [...found.values()].sort((a, b) => a.fault.start_us - b.fault.start_us);
}

/** Give each fault a flag: its own, or that of the one before where it would stand closer than `apartUs`. */
export function flagsOf(struck: readonly Struck[], apartUs: number): Flag[] {
  const flags: Flag[] = [];
  for (const each of struck) {
    const last = flags.at(-1);
    if (last && each.fault.start_us - last.tUs < apartUs) last.faults.push(each);
    else flags.push({ tUs: each.fault.start_us, faults: [each] });
  }
  return flags;
}

/** Return as many words as fit, in order, and how many are left out: `B: switchover +1`. */
export function fittingWords(
  words: readonly string[],
  fits: (text: string) => boolean,
  clip: (text: string, after: string) => string,
): string {
  const more = (kept: number): string => (kept < words.length ? `+${words.length - kept}` : "");
  for (let kept = words.length; kept >= 1; kept -= 1) {
    const text = [words.slice(0, kept).join(" · "), more(kept)].filter((each) => each !== "").join(" ");
    if (fits(text)) return text;
  }
  const after = more(1) && ` ${more(1)}`;
  const cut = clip(words[0] ?? "", after);
  return cut === "" ? (words.length > 1 ? more(0) : "") : cut + after;
}
