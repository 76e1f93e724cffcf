/** Glyphs in a box of 24 by 24, drawn so that no font is needed. */

const STROKED = {
  copy: "M9 9h11v11H9zM15 9V4H4v11h5",
  check: "M4.5 12.5l5 5L20 7",
  lock: "M6 11h12v9H6zM9 11V8a3 3 0 0 1 6 0v3",
  cloud: "M7 19a5 5 0 0 1-.6-9.9a6 6 0 0 1 11.4-1.3A5.6 5.6 0 0 1 17.5 19z",
  goesTo: "M3 12h17M14 6l6 6-6 6",
  arrows: "M4 8h15M15 4l4 4-4 4M20 16H5M9 12l-4 4 4 4",
  cog: "M12 3l7.8 4.5v9L12 21l-7.8-4.5v-9zM12 9a3 3 0 1 1 0 6a3 3 0 1 1 0-6",
  hourglass: "M6 3h12M6 21h12M7 3c0 5 4 7 5 9c-1 2-5 4-5 9M17 3c0 5-4 7-5 9c1 2 5 4 5 9",
  cycle: "M20 12a8 8 0 1 1-2.6-5.9M19 2v5h-5",
  alert: "M12 3.5L22 20.5H2zM12 10v5M12 17.6v.6",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  snow: "M12 2v20M3.3 7l17.4 10M3.3 17L20.7 7",
  cross: "M5 5l14 14M19 5L5 19",
  two: "M6 8a3 3 0 1 1 5.4 1.8L6 17h6M15 11l6 6M21 11l-6 6",
  server: "M3 5h18v6H3zM3 13h18v6H3zM7 8h.01M7 16h.01",
  pause: "M8 5v14M16 5v14",
  cut: "M3 12h5M16 12h5M8 7l8 10M16 7l-8 10",
  drum: "M4 6c0-4 16-4 16 0v12c0 4-16 4-16 0zM4 6c0 4 16 4 16 0",
  exit: "M11 4H4v16h7M15 8l4 4-4 4M9 12h10",
  laptop: "M5 5h14v10H5zM2 19h20",
  plug: "M9 3v5M15 3v5M6 8h12v4a6 6 0 0 1-12 0zM12 18v4",
  contrast: "M12 3a9 9 0 1 0 0 18a9 9 0 1 0 0-18M12 3v18M12 8l6-2M12 12h9M12 16l6 2",
  people: "M9 11a4 4 0 1 1 0-8a4 4 0 1 1 0 8M2 21c0-9 14-9 14 0M16 3.5a4 4 0 0 1 0 7M19 14c2 1 3 3 3 7",
  next: "M6 5l9 7-9 7zM19 5v14",
  stepOn: "M7 4l9 8-9 8",
  jumpOn: "M4 4l8 8-8 8M12 4l8 8-8 8",
  table: "M3 4h18v16H3zM3 10h18M3 15h18M10 4v16",
  screen: "M3 4h18v12H3zM12 16v5M7 21h10",
  notes: "M5 3h14v18H5zM9 8h6M9 12h6M9 16h4",
} as const;

const FILLED = {
  star: "M12 1.8l3.1 6.6 7.2.9-5.3 5 1.4 7.1L12 17.9l-6.4 3.5L7 14.3l-5.3-5 7.2-.9z",
  stop: "M6 6h12v12H6z",
  bolt: "M14 1L4 14h6.5L9 23l11-14h-7z",
  play: "M6 3.5v17L21 12z",
} as const;

export type Glyph = keyof typeof STROKED | keyof typeof FILLED;

interface Props {
  name: Glyph;
  x?: number;
  y?: number;
  size?: number;
  colour?: string;
  weight?: number;
}

/** A glyph inside a drawing. */
export function Mark({ name, x = 0, y = 0, size = 24, colour = "currentColor", weight = 2.4 }: Props) {
  const filled = name in FILLED;
  const d = filled ? FILLED[name as keyof typeof FILLED] : STROKED[name as keyof typeof STROKED];
  return (
    <path
      d={d}
      transform={`translate(${x.toFixed(2)} ${y.toFixed(2)}) scale(${(size / 24).toFixed(4)})`}
      fill={filled ? colour : "none"}
      stroke={filled ? "none" : colour}
      stroke-width={name === "dots" ? weight * 1.7 : weight}
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  );
}

/** A glyph around a point of a drawing. */
export function MarkAround({ x = 0, y = 0, size = 24, ...more }: Props) {
  return Mark({ ...more, size, x: x - size / 2, y: y - size / 2 });
}

/** A glyph beside words. */
export function Icon({ name, size = 20, flip = false }: { name: Glyph; size?: number; flip?: boolean }) {
  return (
    <svg class="icon" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      <g transform={flip ? "matrix(-1 0 0 1 24 0)" : undefined}>
        <Mark name={name} />
      </g>
    </svg>
  );
}
