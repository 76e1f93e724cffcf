/** Below the stage: time. A strip per variant to scrub through, and the controls. */

import { type Glyph, Icon } from "../look/glyphs";
import { SPEEDS, type Speed, type Stop } from "../model/store";
import { clock } from "../words/say";
import { stopWord } from "./chapter";
import { usePage } from "./context";
import { Scrubber } from "./scrubber";

interface ButtonProps {
  glyph: Glyph;
  label: string;
  flip?: boolean;
  press: () => void;
}

function Control({ glyph, label, flip = false, press }: ButtonProps) {
  return (
    <button type="button" aria-label={label} title={label} onClick={press}>
      <Icon name={glyph} flip={flip} />
    </button>
  );
}

export function Dock() {
  return (
    <footer class="dock">
      <Scrubber />
      <Controls />
    </footer>
  );
}

function Controls() {
  const { store, say } = usePage();
  const playing = store.playing.value;
  return (
    <div class="controls">
      <output class="clock" aria-label={say("time")}>
        {clock(store.t.value)}
        <small> / {clock(store.durationUs, 0)}</small>
      </output>
      <div class="transport">
        <Control glyph="jumpOn" flip label={say("jumpBack")} press={() => store.jump(-1)} />
        <Control glyph="stepOn" flip label={say("stepBack")} press={() => store.step(-1)} />
        <button type="button" class="play" aria-label={say(playing ? "pause" : "play")} onClick={() => store.toggle()}>
          <Icon name={playing ? "pause" : "play"} size={24} />
        </button>
        <Control glyph="stepOn" label={say("stepOn")} press={() => store.step(1)} />
        <Control glyph="jumpOn" label={say("jumpOn")} press={() => store.jump(1)} />
        {store.presenter.value ? (
          <Control glyph="cross" label={say("leavePresenter")} press={() => (store.presenter.value = false)} />
        ) : null}
      </div>
      <label class="speed">
        <span>{say("speed")}</span>
        <select
          value={String(store.speed.value)}
          onChange={(event) => {
            const { value } = event.currentTarget;
            store.speed.value = value === "auto" ? "auto" : Number(value);
          }}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={String(speed)}>
              {speedWord(speed, say("auto"))}
            </option>
          ))}
        </select>
      </label>
      {store.stops.length > 0 ? <Chapters /> : null}
      <button
        type="button"
        class="tell"
        aria-pressed={store.outcomes.value}
        title={say(store.outcomes.value ? "hideOutcomes" : "showOutcomes")}
        onClick={() => (store.outcomes.value = !store.outcomes.value)}
      >
        {say("outcomes")}
      </button>
    </div>
  );
}

/**
 * The chapters. Past its beginning the one under way is named with "since": what its title tells may be over.
 *
 * That name is an entry of its own, not in the list that opens: so the chapter itself can be chosen again.
 */
function Chapters() {
  const { store, say, language } = usePage();
  const { stops } = store;
  const at = store.stop.value;
  const titleOf = (stop: Stop): string => stopWord(store, language, stop);
  const now = stops[at];
  const under = now !== undefined && store.t.value > now.t_us;
  return (
    <label class="chapters">
      <span>{say("chapters")}</span>
      <select
        value={under ? UNDER_WAY : String(at)}
        onChange={(event) => {
          const stop = stops[Number(event.currentTarget.value)];
          if (stop) store.open(stop);
        }}
      >
        {now ? null : <option value="-1">–</option>}
        {stops.flatMap((stop, i) => [
          <option key={i} value={String(i)}>
            {`${clock(stop.t_us, 0)}  ${titleOf(stop)}`}
          </option>,
          under && i === at ? (
            <option key={UNDER_WAY} value={UNDER_WAY} hidden>
              {`${say("sinceThen").replace("{}", clock(stop.t_us, 0))}${language === "zh" ? "：" : ": "}${titleOf(stop)}`}
            </option>
          ) : null,
        ])}
      </select>
    </label>
  );
}

const UNDER_WAY = "under way";

function speedWord(speed: Speed, auto: string): string {
  return speed === "auto" ? auto : `${speed}×`;
}
