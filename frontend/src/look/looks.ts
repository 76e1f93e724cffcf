/**
 * How each state looks: a tone (colours and pattern, in the style sheet and in patterns.tsx) and a glyph.
 *
 * The same language as the timeline picture speaks: Okabe and Ito's colours, a hatch and a word beside each colour.
 */

import type { Glyph } from "./glyphs";

export interface Look {
  tone: string;
  glyph: Glyph;
}

/** The hatches: what is drawn over a tone's fill. */
export type Hatch = "none" | "slash" | "backslash" | "cross" | "dots" | "bars" | "dashes";

/** Every tone with its hatch; its colours are `.t-NAME` in the style sheet. */
export const TONES: Record<string, Hatch> = {
  primary: "none",
  replica: "slash",
  serving: "none",
  "read-only": "dashes",
  proxy: "dots",
  worker: "backslash",
  starting: "dots",
  recovering: "cross",
  broken: "slash",
  pending: "dots",
  waiting: "backslash",
  dead: "cross",
  frozen: "bars",
  twice: "bars",
  stopped: "dots",
  ready: "none",
  "not-ready": "slash",
  "back-off": "cross",
  terminating: "backslash",
  up: "none",
  off: "cross",
  cut: "dashes",
  volume: "none",
  "volume-moving": "slash",
  "volume-free": "none",
  outage: "dots",
  answered: "none",
  failed: "slash",
  missing: "cross",
  lost: "slash",
  plain: "none",
};

const TRUTH: Record<string, Look> = {
  "": { tone: "pending", glyph: "dots" },
  primary: { tone: "primary", glyph: "star" },
  replica: { tone: "replica", glyph: "copy" },
  serving: { tone: "serving", glyph: "check" },
  "read-only": { tone: "read-only", glyph: "lock" },
  proxy: { tone: "proxy", glyph: "arrows" },
  worker: { tone: "worker", glyph: "cog" },
  starting: { tone: "starting", glyph: "hourglass" },
  recovering: { tone: "recovering", glyph: "cycle" },
  broken: { tone: "broken", glyph: "alert" },
  frozen: { tone: "frozen", glyph: "snow" },
  dead: { tone: "dead", glyph: "cross" },
  twice: { tone: "twice", glyph: "two" },
  stopped: { tone: "stopped", glyph: "stop" },
};

const API: Record<string, Look> = {
  "": { tone: "plain", glyph: "dots" },
  pending: { tone: "pending", glyph: "dots" },
  "waiting-volume": { tone: "waiting", glyph: "hourglass" },
  "no-image": { tone: "back-off", glyph: "alert" },
  starting: { tone: "starting", glyph: "hourglass" },
  "not-ready": { tone: "not-ready", glyph: "alert" },
  ready: { tone: "ready", glyph: "check" },
  "back-off": { tone: "back-off", glyph: "cycle" },
  terminating: { tone: "terminating", glyph: "exit" },
  failed: { tone: "back-off", glyph: "cross" },
  succeeded: { tone: "stopped", glyph: "check" },
};

const MACHINE: Record<string, Look> = {
  up: { tone: "up", glyph: "server" },
  crashed: { tone: "off", glyph: "bolt" },
  paused: { tone: "frozen", glyph: "pause" },
  "cut-off": { tone: "cut", glyph: "cut" },
};

const ATTACHMENT: Record<string, Look> = {
  attached: { tone: "volume", glyph: "drum" },
  attaching: { tone: "volume-moving", glyph: "drum" },
  detaching: { tone: "volume-moving", glyph: "drum" },
  lost: { tone: "lost", glyph: "cross" },
};

const named = (looks: Record<string, Look>): string[] => Object.keys(looks).filter((state) => state !== "");

/** The states that have a look of their own: for the legend, which leaves none out. */
export const STATES = { truth: named(TRUTH), api: named(API), machine: named(MACHINE) };

const OTHER: Look = { tone: "plain", glyph: "dots" };

/** How a pod looks: what it really is; before a program runs, what it waits for. */
export function podLook(truth: string, api: string): Look {
  if (truth === "") return API[api === "terminating" ? "terminating" : api] ?? OTHER;
  return TRUTH[truth] ?? { tone: "serving", glyph: "check" };
}

export const apiLook = (api: string): Look => API[api] ?? OTHER;
export const machineLook = (machine: string): Look => MACHINE[machine] ?? OTHER;
export const volumeLook = (attachment: string): Look =>
  ATTACHMENT[attachment] ?? { tone: "volume-free", glyph: "drum" };

/** The outline of a pod's mark tells the role too: a hexagon leads, a disc follows, a square does neither. */
export function markShape(truth: string): "hexagon" | "disc" | "square" {
  if (truth === "primary" || truth === "twice") return "hexagon";
  return truth === "replica" || truth === "read-only" || truth === "broken" ? "disc" : "square";
}
