/** By what clients are told apart: the shape around their numbers, the dots along their wires, and their colour. */

import type { MarkShape } from "./patterns";

export interface LaneLook {
  /** The class that gives a wire its colour and its dots. */
  name: string;
  shape: MarkShape;
}

const SHAPES: readonly MarkShape[] = ["disc", "square", "hexagon", "diamond", "shield"];
const COLOURS = 4;

/** Return the look of a client's lane: as colours and shapes come round at different times, twenty of them differ. */
export function laneLook(lane: number): LaneLook {
  return { name: `lane${lane % COLOURS}`, shape: SHAPES[lane % SHAPES.length]! };
}
