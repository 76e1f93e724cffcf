/** The hatches, once per tone: a pattern takes its colours from where it is defined, not from where it is used. */

import { type Hatch, TONES } from "./looks";

const LINES: Record<Exclude<Hatch, "none">, string> = {
  slash: "M-2 10L10 -2M6 10L10 6M-2 2L2 -2",
  backslash: "M-2 -2L10 10M6 -2L10 2M-2 6L2 10",
  cross: "M-2 10L10 -2M-2 -2L10 10M6 10L10 6M-2 2L2 -2M6 -2L10 2M-2 6L2 10",
  dots: "M2 2h.01M6 6h.01",
  bars: "M2 0v8M6 0v8",
  dashes: "M0 2h8M0 6h8",
};

/** Definitions for a drawing; `prefix` keeps those of several pages in one document apart. */
export function Patterns({ prefix }: { prefix: string }) {
  return (
    <defs>
      {Object.entries(TONES).map(([tone, hatch]) =>
        hatch === "none" ? null : (
          <pattern
            key={tone}
            id={`${prefix}${tone}`}
            width="8"
            height="8"
            patternUnits="userSpaceOnUse"
            class={`t-${tone}`}
          >
            <path
              d={LINES[hatch]}
              stroke="var(--line)"
              stroke-width={hatch === "dots" ? 2.2 : 1.5}
              stroke-linecap={hatch === "dots" ? "round" : "butt"}
              fill="none"
            />
          </pattern>
        ),
      )}
    </defs>
  );
}

interface FilledProps {
  tone: string;
  prefix: string;
  d: string;
  outline?: boolean;
}

/** A shape in a tone: fill, hatch, rim. No group around them: there are hundreds, and each element costs. */
export function Filled({ tone, prefix, d, outline = true }: FilledProps) {
  const toned = `t-${tone}`;
  return (
    <>
      <path class={toned} d={d} fill="var(--fill)" />
      {TONES[tone] === "none" || TONES[tone] === undefined ? null : <path d={d} fill={`url(#${prefix}${tone})`} />}
      {outline ? <path class={toned} d={d} fill="none" stroke="var(--rim)" stroke-width="1.5" /> : null}
    </>
  );
}

/** Return the path of a rectangle with round corners. */
export function roundRect(x: number, y: number, w: number, h: number, r: number): string {
  const q = Math.min(r, w / 2, h / 2);
  return `M${n(x + q)} ${n(y)}h${n(w - 2 * q)}a${n(q)} ${n(q)} 0 0 1 ${n(q)} ${n(q)}v${n(h - 2 * q)}a${n(q)} ${n(q)} 0 0 1 ${n(-q)} ${n(q)}h${n(2 * q - w)}a${n(q)} ${n(q)} 0 0 1 ${n(-q)} ${n(-q)}v${n(2 * q - h)}a${n(q)} ${n(q)} 0 0 1 ${n(q)} ${n(-q)}z`;
}

/** How round the corners of a pod's card are. */
export const CORNER = 7;

/** Return the path of a rectangle of which the corners named are round, as those of the card that it fills. */
export function cornered(x: number, y: number, w: number, h: number, r: number, corners: Corners): string {
  const q = Math.min(r, w / 2, h / 2);
  const of = (round = false): number => (round ? q : 0);
  const [tl, tr, br, bl] = [of(corners.tl), of(corners.tr), of(corners.br), of(corners.bl)];
  const arc = (c: number, dx: number, dy: number): string => (c ? `a${n(c)} ${n(c)} 0 0 1 ${n(dx)} ${n(dy)}` : "");
  return `M${n(x + tl)} ${n(y)}h${n(w - tl - tr)}${arc(tr, tr, tr)}v${n(h - tr - br)}${arc(br, -br, br)}h${n(bl + br - w)}${arc(bl, -bl, -bl)}v${n(bl + tl - h)}${arc(tl, tl, -tl)}z`;
}

export interface Corners {
  tl?: boolean;
  tr?: boolean;
  br?: boolean;
  bl?: boolean;
}

export type MarkShape = "hexagon" | "disc" | "square" | "diamond" | "shield";

/** Return the path of a mark around a centre. */
export function markPath(shape: MarkShape, x: number, y: number, r: number): string {
  if (shape === "disc")
    return `M${n(x - r)} ${n(y)}a${n(r)} ${n(r)} 0 1 1 ${n(2 * r)} 0a${n(r)} ${n(r)} 0 1 1 ${n(-2 * r)} 0z`;
  if (shape === "square") return roundRect(x - r * 0.9, y - r * 0.9, r * 1.8, r * 1.8, r * 0.3);
  if (shape === "diamond") {
    const q = r * 1.42;
    return `M${n(x - q)} ${n(y)}L${n(x)} ${n(y - q)}L${n(x + q)} ${n(y)}L${n(x)} ${n(y + q)}z`;
  }
  if (shape === "shield") {
    const q = r * 0.95;
    return `M${n(x - q)} ${n(y - q)}h${n(2 * q)}v${n(q * 1.25)}L${n(x)} ${n(y + q * 1.4)}L${n(x - q)} ${n(y + q * 0.25)}z`;
  }
  const corners = Array.from({ length: 6 }, (_, i) => {
    const a = (Math.PI / 3) * i;
    return `${n(x + r * 1.12 * Math.cos(a))} ${n(y + r * 1.12 * Math.sin(a))}`;
  });
  return `M${corners.join("L")}z`;
}

function n(value: number): string {
  return String(Math.round(value * 100) / 100);
}
