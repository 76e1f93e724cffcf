/** How wide words are, and words shortened in the middle to fit. */

/** How wide letters are at 100 units, by weight. */
const known = new Map<number, Map<string, number>>();
let context: CanvasRenderingContext2D | null | undefined;

export const FAMILY =
  'Inter, "Segoe UI Variable Text", "Segoe UI", -apple-system, BlinkMacSystemFont, "Helvetica Neue", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", "WenQuanYi Micro Hei", "DejaVu Sans", sans-serif';

/**
 * Return how wide words are in units, at a size of letters; estimated where nothing can be drawn.
 *
 * It is the sum of its letters, each measured once: names of pods are always new ones, and each would be measured again.
 * Kerning, which is left out, moves letters together far more often than apart.
 */
export function width(words: string, size: number, weight = 400): number {
  let letters = known.get(weight);
  if (!letters) {
    letters = new Map();
    known.set(weight, letters);
  }
  let at100 = 0;
  for (const letter of words) {
    let wide = letters.get(letter);
    if (wide === undefined) {
      wide = measured(letter, weight);
      letters.set(letter, wide);
    }
    at100 += wide;
  }
  return (at100 * size) / 100;
}

function measured(letter: string, weight: number): number {
  if (context === undefined)
    context = typeof document === "undefined" ? null : document.createElement("canvas").getContext("2d");
  if (!context) return letter > "\u2e80" ? 100 : 58;
  context.font = `${weight} 100px ${FAMILY}`;
  return context.measureText(letter).width;
}

/** No letter of a drawing is smaller, in its units: what scale may be follows from it (`layout.leastScale`). */
export const LEAST = 12;

/** Return a size of letters at which words fit, as little smaller as need be, and never below the least. */
export function sized(words: string, size: number, room: number, weight = 400): number {
  const wide = width(words, size, weight);
  return wide <= room ? size : Math.min(size, Math.max(LEAST, (0.995 * size * room) / wide));
}

/** Return words that fit, the middle left out if they must be shortened: both ends of a pod's name tell something. */
export function fitted(words: string, size: number, room: number, weight = 400): string {
  if (width(words, size, weight) <= room) return words;
  const letters = [...words];
  for (let keep = letters.length - 1; keep >= 2; keep -= 1) {
    // of very few letters the last ones: pods of one set differ in these
    const tail = keep < 6 ? keep : Math.min(5, Math.floor(keep / 2));
    const short = `${letters.slice(0, keep - tail).join("")}…${letters.slice(letters.length - tail).join("")}`;
    if (width(short, size, weight) <= room) return short;
  }
  return letters.length > 0 && room > size ? "…" : "";
}

/** Return words that fit, the end left out: for sentences and states. */
export function clipped(words: string, size: number, room: number, weight = 400): string {
  if (width(words, size, weight) <= room) return words;
  const letters = [...words];
  for (let keep = letters.length - 1; keep >= 1; keep -= 1) {
    const short = `${letters.slice(0, keep).join("").trimEnd()}…`;
    if (width(short, size, weight) <= room) return short;
  }
  return "";
}

/** Return the first of some words that fits; the last, its end left out, if none does. */
export function firstFitting(words: readonly string[], size: number, room: number, weight: number): string {
  const found = words.find((each) => width(each, size, weight) <= room);
  return found ?? clipped(words[words.length - 1] ?? "", size, room, weight);
}
