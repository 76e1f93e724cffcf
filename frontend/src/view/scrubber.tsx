/** The whole run at a glance, to scrub through: traffic, outages, faults and chapters over one axis of time. */

import { useMemo } from "preact/hooks";
import { Patterns } from "../look/patterns";
import { letterOf, type Player } from "../model/store";
import { columnsOf } from "../model/traffic";
import { clock } from "../words/say";
import { stopTitle } from "./chapter";
import { usePage } from "./context";
import { Flags } from "./flags";

/** Units of the strips' own drawing: it is stretched to the width there is. */
const W = 1000;
/** Lines of faults stand on so many places of a strip: more of them would be a grey mass. */
const LINES = 300;

export function Scrubber() {
  const { store, prefix } = usePage();
  const players = store.playersShown();
  return (
    <div class={`scrubber n${players.length}`}>
      <svg width="0" height="0" class="defs" aria-hidden="true">
        <Patterns prefix={`${prefix}s-`} />
      </svg>
      <div class="letters" aria-hidden="true">
        {store.players.length > 1 ? players.map((p) => <span key={p.index}>{letterOf(p.index)}</span>) : null}
      </div>
      <div class="strips">
        <Flags players={players} />
        {players.map((player) => (
          <TrafficStrip key={player.index} player={player} />
        ))}
        <Head />
        <Axis />
      </div>
    </div>
  );
}

/** Where the show is: drawn anew with every picture, and so apart from all that stays. */
function Head() {
  const { store, say } = usePage();
  const t = store.t.value;
  return (
    <>
      <div class="head" style={{ left: `${(100 * t) / store.durationUs}%` }} />
      <input
        type="range"
        min={0}
        max={store.durationUs}
        step={1000}
        value={t}
        aria-label={say("time")}
        aria-valuetext={clock(t)}
        onInput={(event) => {
          store.playing.value = false;
          store.seek(Number(event.currentTarget.value));
        }}
      />
    </>
  );
}

/** A variant's own row: what its clients were answered, its outages, and lines where its own faults strike. */
function TrafficStrip({ player }: { player: Player }) {
  const { store, prefix } = usePage();
  const { run } = player;
  const struck = new Set(run.faults.map((fault) => Math.round((LINES * fault.start_us) / store.durationUs)));
  const clients = run.things.filter((thing) => thing.kind === "Client" && run.traffic[thing.name]);
  const drawings = useMemo(
    () =>
      clients.map((client) => {
        const row = run.traffic[client.name]!;
        const { columns } = columnsOf(row, store.durationUs, 400);
        const area = (height: (c: (typeof columns)[number]) => number): string =>
          `M0 100${columns.map((c) => `L${W * c.x0} ${100 - 86 * height(c)}H${(W * c.x1).toFixed(2)}`).join("")}L${W} 100z`;
        return {
          name: client.name,
          acked: area((c) => c.acked),
          failed: area((c) => c.acked + c.failed),
          lost: area((c) => Math.min(c.lost, c.acked)),
        };
      }),
    [run, store.durationUs],
  );
  return (
    <div class="strip">
      {drawings.length === 0 ? <svg viewBox={`0 0 ${W} 100`} preserveAspectRatio="none" aria-hidden="true" /> : null}
      {drawings.map((drawing) => (
        <svg key={drawing.name} viewBox={`0 0 ${W} 100`} preserveAspectRatio="none" aria-hidden="true">
          <path class="failed" d={drawing.failed} />
          <path class="acked" d={drawing.acked} />
          <path class="lost" d={drawing.lost} />
        </svg>
      ))}
      <svg class="bands t-outage" aria-hidden="true" width="100%" height="100%">
        {run.outages.map((outage) => {
          const x = (100 * outage.start_us) / store.durationUs;
          const w = (100 * ((outage.end_us ?? store.durationUs) - outage.start_us)) / store.durationUs;
          const lane = clients.findIndex((c) => c.name === outage.client);
          const share = 100 / Math.max(1, clients.length);
          const place = {
            x: `${x}%`,
            y: `${Math.max(0, lane) * share}%`,
            width: `${Math.max(w, 0.15)}%`,
            height: `${share}%`,
          };
          return (
            <g key={`${outage.client} ${outage.f} ${outage.start_us}`}>
              <rect {...place} fill="var(--fill)" />
              <rect {...place} fill={`url(#${prefix}s-outage)`} />
            </g>
          );
        })}
      </svg>
      {[...struck].map((place) => (
        <i key={place} class="fault-line" style={{ left: `${(100 * place) / LINES}%` }} />
      ))}
    </div>
  );
}

/** Return round instants (µs) for an axis. */
export function ticks(durationUs: number): number[] {
  const steps = [
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 21600, 43200, 86400, 604800, 2592000, 7776000,
  ];
  const step = (steps.find((s) => durationUs / 1e6 / s <= 10) ?? 31536000) * 1e6;
  return Array.from({ length: Math.floor(durationUs / step) + 1 }, (_, i) => i * step);
}

function Axis() {
  const { store, language } = usePage();
  return (
    <div class="axis" aria-hidden="true">
      {ticks(store.durationUs).map((t) => (
        <span
          key={t}
          class={t > 0.97 * store.durationUs ? "last" : ""}
          style={{ left: `${(100 * t) / store.durationUs}%` }}
        >
          {clock(t, 0)}
        </span>
      ))}
      {store.stops.map((stop) => (
        <i
          key={stop.t_us}
          class="leaf"
          title={stopTitle(store, language, stop)}
          style={{ left: `${(100 * stop.t_us) / store.durationUs}%` }}
        />
      ))}
    </div>
  );
}
