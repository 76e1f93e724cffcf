/** How a pod's card is divided: its mark beside its words, or, where it is tall and narrow, above larger words. */

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
  word: Line;
  /** Where it stands what Kubernetes says. */
  says: Box;
  k: number;
}

const TALL = 76;
const NARROW = 200;
/** A wire's number stands on the right edge: no letter comes closer. */
const WIRE = 13;

/** Divide a card; `known` tells whether Kubernetes has anything to say of the pod. */
export function faceOf(w: number, h: number, known: boolean): Face {
  return h >= TALL && w <= NARROW ? above(w, h, known) : beside(w, h, known);
}

function beside(w: number, h: number, known: boolean): Face {
  const k = Math.min(h / 46, w / 132, 1.5);
  const strip = known ? 13.5 * k : 0;
  const block = { x: 0, y: 0, w: Math.min(42 * k, w * 0.3), h };
  const x = block.w + 7 * k;
  const room = w - x - Math.max(6 * k, WIRE);
  const middle = (h - strip) / 2;
  return {
    block,
    mark: { x: block.w / 2, y: h / 2, r: Math.min(block.w * 0.38, h * 0.34) },
    name: { x, y: middle - 3 * k, size: 13.5 * k, room },
    word: { x, y: middle + 11.5 * k, size: 12.5 * k, room },
    says: { x: block.w, y: h - strip, w: w - block.w, h: strip },
    k,
  };
}

function above(w: number, h: number, known: boolean): Face {
  const k = Math.min(w / 120, 1.5);
  const strip = known ? 14.5 * k : 0;
  const block = { x: 0, y: 0, w, h: h * 0.37 };
  const x = 9 * k;
  const free = h - strip - block.h;
  const size = Math.min(free * 0.42, 19 * k);
  const room = w - 2 * x;
  return {
    block,
    mark: { x: x + block.h * 0.42, y: block.h / 2, r: block.h * 0.4 },
    name: { x, y: block.h + free * 0.43, size, room },
    word: { x, y: block.h + free * 0.86, size: size * 0.92, room },
    says: { x: 0, y: h - strip, w, h: strip },
    k,
  };
}
