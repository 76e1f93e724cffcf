/** Below the stage: time. A strip per variant to scrub through, and the controls. */

import { type Glyph, Icon } from "../look/glyphs";
import { SPEEDS, type Speed } from "../model/store";
import { clock } from "../words/say";
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
  const { store, say, language } = usePage();
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
      {store.chapters.length > 0 ? (
        <label class="chapters">
          <span>{say("chapters")}</span>
          <select
            value={String(store.chapter.value)}
            onChange={(event) => {
              const chapter = store.chapters[Number(event.currentTarget.value)];
              if (chapter) store.seek(chapter.t_us);
            }}
          >
            {store.chapter.value < 0 ? <option value="-1">–</option> : null}
            {store.chapters.map((chapter, i) => (
              <option key={i} value={String(i)}>
                {`${clock(chapter.t_us, 0)}  ${(language === "zh" && chapter.title_zh) || chapter.title}`}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <button
        type="button"
        class="tell"
        aria-pressed={store.outcomes.value}
        title={say("showOutcomes")}
        onClick={() => (store.outcomes.value = !store.outcomes.value)}
      >
        {say("outcomes")}
      </button>
    </div>
  );
}

function speedWord(speed: Speed, auto: string): string {
  return speed === "auto" ? auto : `${speed}×`;
}
