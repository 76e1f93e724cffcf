/**
 * How colours look to eyes that lack one kind of cones, and how far apart they look then.
 *
 * The matrices are those of G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, "A Physiologically-based Model for
 * Simulation of Color Vision Deficiency", IEEE Transactions on Visualization and Computer Graphics 15(6), 2009,
 * severity 1.0 (no cones of a kind at all); they are for linear RGB. Distances are CIE 1976's in L*a*b* (D65).
 */

import { colour, type Rgb } from "./contrast";

const SEEN = {
  all: [1, 0, 0, 0, 1, 0, 0, 0, 1],
  protanopia: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deuteranopia: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritanopia: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;

export type Sight = keyof typeof SEEN;
export const SIGHTS = Object.keys(SEEN) as Sight[];

const linear = (each: number): number => (each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);

const times = (rows: readonly number[], v: Rgb): Rgb =>
  [0, 3, 6].map((i) => rows[i]! * v[0] + rows[i + 1]! * v[1] + rows[i + 2]! * v[2]) as unknown as Rgb;

/** Return a colour in linear RGB (0 to 1) as somebody sees it. */
export function seen(words: string, sight: Sight): Rgb {
  const rgb = colour(words).map((each) => linear(each / 255)) as unknown as Rgb;
  return times(SEEN[sight], rgb).map((each) => Math.min(1, Math.max(0, each))) as unknown as Rgb;
}

// IEC 61966-2-1: from linear sRGB to CIE XYZ, each by its white point (D65)
const XYZ = [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505];
const WHITE: Rgb = [0.9505, 1, 1.089];

function lab(rgb: Rgb): Rgb {
  const [x, y, z] = times(XYZ, rgb).map((each, i) => {
    const share = each / WHITE[i]!;
    return share > (6 / 29) ** 3 ? Math.cbrt(share) : share / (3 * (6 / 29) ** 2) + 4 / 29;
  }) as unknown as Rgb;
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** Return how far apart two colours look to somebody: black and white 100, what is just told apart side by side about 2. */
export function distance(one: string, other: string, sight: Sight): number {
  const [a, b] = [lab(seen(one, sight)), lab(seen(other, sight))];
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
