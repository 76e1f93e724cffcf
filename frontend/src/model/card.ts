/**
 * How a pod's card is divided: its mark beside its words; where it is tall and narrow, above larger words; where there
 * are many, in one line. What Kubernetes says stands in a strip below, or, in one line, in a cell of its own.
 */

import type { Box } from "./layout";

export interface Line {
  x: number;
  y: number;
  size: number;
  room: number;
}

export interface Face {
  /** Where the colour and the hatch of what the pod really is are. */
  block: Box;
  mark: { x: number; y: number; r: number };
  name: Line;
  /** The word for what it really is; null where there is no room for it beside the name. */
  word: Line | null;
  /** Where it stands what Kubernetes says: in words, or by its glyph alone. */
  says: Box;
  brief: boolean;
  k: number;
}

const FLAT = 50;
const TALL = 76;
const NARROW = 200;
const LOW = 22;
const NARROWER = 0.85;
/** A line of what Kubernetes says. */
const STRIP = 17;
/** A wire's number stands on the right edge: no letter comes closer. */
const WIRE = 13;
const EDGE = 4;
/** A word in the smallest letters, and how far it stands from the name. */
const WORD = 12;
const WORD_GAP = 7;
/** Names of so many letters as `postgr-0` are never cut: how wide they are in the smallest letters. */
const SHORT_NAME = 62;

/** Return the room of a line on a card that no wire leads to. */
export function unwired(line: Line): Line {
  return { ...line, room: line.room + WIRE - EDGE };
}

/** Divide a card; `known`: whether Kubernetes has anything to say of the pod; `lines`: how many it needs for that. */
export function faceOf(w: number, h: number, known: boolean, lines: 1 | 2 = 1): Face {
  if (h < FLAT) return inLine(w, h, known);
  return isTall(w, h) ? above(w, h, known, lines) : beside(w, h, known);
}

/** Return whether words stand below the mark: then what Kubernetes says may take two lines. */
export function isTall(w: number, h: number): boolean {
  return h >= TALL && w <= NARROW;
}

function inLine(w: number, h: number, known: boolean): Face {
  const k = Math.min(Math.max(h / 24, 0.9), w / 100, 1.25);
  const two = h >= 34;
  const { column, cell, gap } = columnsOf(w, h, known, k);
  // who a pod is stands before all: where a short name had no room beside both, one stands below the other
  const stacked = known && two && w - column - cell - gap - WIRE < SHORT_NAME;
  const block = { x: 0, y: 0, w: column, h: stacked ? h * 0.56 : h };
  const says = stacked
    ? { x: 0, y: block.h, w: column, h: h - block.h }
    : { x: column, y: 0, w: cell, h: known ? h : 0 };
  const x = stacked ? column + 3 * k : column + cell + gap;
  const room = w - x - WIRE;
  const size = Math.max(WORD, 12.5 * k);
  return {
    block,
    mark: { x: block.w / 2, y: block.h / 2, r: Math.min(block.w, block.h) * 0.4 },
    name: { x, y: two ? h * 0.44 : h / 2 + size * 0.36, size, room },
    word: two ? { x, y: h * 0.86, size: 12 * Math.max(1, k * 0.92), room } : null,
    says,
    brief: true,
    k,
  };
}

/** Return how wide the mark and the cell are: no wider than a short name leaves them room for. */
function columnsOf(w: number, h: number, known: boolean, k: number): { column: number; cell: number; gap: number } {
  const at = (k: number) => ({
    column: Math.min(h, 26 * k),
    // where a cell is too low for both of its marks, they stand side by side
    cell: known ? (h < LOW ? 24 : 20 * k) : 0,
    gap: 5 * k,
  });
  const wide = at(k);
  return w - wide.column - wide.cell - wide.gap - WIRE < SHORT_NAME ? at(Math.min(k, NARROWER)) : wide;
}

/** Return where in a card of one line the word stands: behind the name, if both have room; null if they have not. */
export function behind(name: Line, nameWide: number, wordWide: number): Line | null {
  const x = name.x + nameWide + WORD_GAP;
  const room = name.room - nameWide - WORD_GAP;
  return wordWide <= room ? { x, y: name.y, size: WORD, room } : null;
}

function beside(w: number, h: number, known: boolean): Face {
  const k = Math.min(h / FLAT, w / 132, 1.5);
  const strip = known ? STRIP * k : 0;
  const free = h - strip;
  const block = { x: 0, y: 0, w: Math.min(42 * k, w * 0.3), h: free };
  const x = block.w + 7 * k;
  const room = w - x - Math.max(6 * k, WIRE);
  return {
    block,
    mark: { x: block.w / 2, y: free / 2, r: Math.min(block.w * 0.38, free * 0.38) },
    name: { x, y: free / 2 - 3 * k, size: 14 * k, room },
    word: { x, y: free / 2 + 11.5 * k, size: 12.5 * k, room },
    says: { x: 0, y: free, w, h: strip },
    brief: false,
    k,
  };
}

function above(w: number, h: number, known: boolean, lines: 1 | 2): Face {
  const k = Math.min(w / 120, 1.5);
  const strip = known ? STRIP * Math.max(k, 1) * (lines === 2 ? 1.9 : 1) : 0;
  const x = 9 * k;
  const block = { x: 0, y: 0, w, h: (h - strip) * (h - strip > 90 ? 0.4 : 0.43) };
  const free = h - strip - block.h;
  const size = Math.max(12, Math.min(free * 0.42, 26 * k));
  const room = w - 2 * x;
  return {
    block,
    mark: { x: x + block.h * 0.42, y: block.h / 2, r: block.h * 0.4 },
    name: { x, y: block.h + free * 0.43, size, room },
    word: { x, y: block.h + free * 0.87, size: Math.max(12, size * 0.9), room },
    says: { x: 0, y: h - strip, w, h: strip },
    brief: false,
    k: Math.max(k, 1),
  };
}
