/**
 * How well letters can be told from what is behind them: WCAG 2.2's contrast ratio.
 *
 * https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio and #dfn-relative-luminance; success criterion 1.4.3 asks for
 * 4.5, and for 3 where letters are large (24 px, or bold from 18.66 px on).
 */

export type Rgb = readonly [number, number, number];

/** Read `#abc`, `#aabbcc` or `rgb(1, 2, 3)`. */
export function colour(words: string): Rgb {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(words.trim())?.[1];
  if (hex) {
    const long = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
    return [0, 2, 4].map((at) => Number.parseInt(long.slice(at, at + 2), 16)) as unknown as Rgb;
  }
  const parts = /^rgb\((\d+), (\d+), (\d+)\)$/.exec(words.trim());
  if (!parts) throw new Error(`no opaque colour: ${words}`);
  return parts.slice(1).map(Number) as unknown as Rgb;
}

function luminance(rgb: Rgb): number {
  const [r, g, b] = rgb.map((each) => {
    const share = each / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as unknown as Rgb;
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Return the ratio of two colours: 1 of the same, 21 of black and white. */
export function contrast(one: string, other: string): number {
  const [dark, light] = [luminance(colour(one)), luminance(colour(other))].sort((a, b) => a - b) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

/** Return what letters need at least, by how many pixels high and how heavy they are. */
export function leastContrast(px: number, weight: number): number {
  return px >= 24 || (px >= 18.66 && weight >= 700) ? 3 : 4.5;
}
