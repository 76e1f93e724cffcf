/** The whole run at a glance, to scrub through: traffic, outages, faults and chapters over one axis of time. */

import { useComputed } from "@preact/signals";
import { Patterns } from "../look/patterns";
import { letterOf } from "../model/store";
import { clock } from "../words/say";
import { stopWord } from "./chapter";
import { usePage } from "./context";
import { Course } from "./course";
import { Flags } from "./flags";

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
          <Course key={player.index} player={player} />
        ))}
        <Unplayed />
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

/** What has not been reached yet lies under a band of its own, which says so. */
function Unplayed() {
  const { store, say } = usePage();
  const until = store.told.value;
  if (!Number.isFinite(until)) return null;
  return (
    <div class="unplayed" style={{ left: `${(100 * until) / store.durationUs}%` }}>
      <span>{say("notYetPlayed")}</span>
      <span class="how">{say("howToTell")}</span>
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
  // in one string: it is drawn again when a word of it changes, not with every instant
  const words = useComputed(() => store.stops.map((stop) => stopWord(store, language, stop)).join("\n"));
  const titles = words.value.split("\n");
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
      {store.stops.map((stop, i) => (
        <i
          key={stop.t_us}
          class="leaf"
          title={titles[i]}
          style={{ left: `${(100 * stop.t_us) / store.durationUs}%` }}
        />
      ))}
    </div>
  );
}
