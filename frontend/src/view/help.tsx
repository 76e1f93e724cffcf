/** The keys and the marks, on `?`. */

import { useEffect, useRef } from "preact/hooks";
import { Icon, Mark, MarkAround } from "../look/glyphs";
import { apiLook, type Look, machineLook, markShape, podLook, STATES } from "../look/looks";
import { Filled, markPath, roundRect } from "../look/patterns";
import type { Key } from "../words/en";
import { spansOf } from "../words/spans";
import { usePage } from "./context";

const KEYS: [string[], Key][] = [
  [["Space"], "helpSpace"],
  [["←", "→"], "helpArrows"],
  [["Shift ←", "Shift →"], "helpShift"],
  [["Page ↑", "Page ↓"], "helpPage"],
  [["Home", "End"], "helpHome"],
  [["-", "+"], "helpSpeed"],
  [["1", "…", "9"], "helpDigits"],
  [["Tab"], "helpTab"],
  [["T"], "helpT"],
  [["P"], "helpP"],
  [["N"], "helpN"],
  [["O"], "helpO"],
  [["D"], "helpD"],
  [["L"], "helpL"],
  [["Esc"], "helpEsc"],
  [["?"], "helpHelp"],
];

export function Help() {
  const page = usePage();
  const { store, say, state, prefix } = page;
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    if (element && !element.open) element.showModal();
  }, []);
  const close = (): void => {
    store.help.value = false;
  };
  return (
    <dialog class="help" ref={dialog} aria-labelledby={`${prefix}help`} onClose={close}>
      <div class="title">
        <h2 id={`${prefix}help`}>{say("helpTitle")}</h2>
        <button type="button" class="plain" aria-label={say("close")} onClick={close}>
          <Icon name="cross" size={16} />
        </button>
      </div>
      <dl class="keys">
        {KEYS.map(([keys, meaning]) => (
          <div key={meaning}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{say(meaning)}</dd>
          </div>
        ))}
      </dl>
      <h2>{say("legend")}</h2>
      <Legend
        title={say("really")}
        rows={STATES.truth.map((t) => ({ ...podLook(t, ""), word: state("truth", t), shape: markShape(t) }))}
      />
      <Legend title={say("kubernetesSays")} rows={STATES.api.map((s) => ({ ...apiLook(s), word: state("api", s) }))} />
      <Legend
        title={say("node")}
        rows={STATES.machine.map((m) => ({ ...machineLook(m), word: state("machine", m) }))}
      />
      <Lines />
      <Below />
      <About />
    </dialog>
  );
}

const LINES: [string, Key][] = [
  ["wire lane0", "lineSessions"],
  ["wire cut", "lineCut"],
  ["cable", "lineAttached"],
  ["cable waits", "lineWaits"],
];

function Lines() {
  const { say } = usePage();
  return (
    <section class="legend">
      <h3>{say("lines")}</h3>
      <ul>
        {LINES.map(([kind, meaning]) => (
          <li key={meaning}>
            <svg width="44" height="16" viewBox="0 0 44 16" aria-hidden="true">
              <g class={kind}>
                <path class="line" d="M2 8H42" fill="none" stroke-width="4" />
                {kind === "wire lane0" ? <path class="flow" d="M2 8H42" fill="none" stroke-width="2.6" /> : null}
              </g>
            </svg>
            {say(meaning)}
          </li>
        ))}
        <li>{say("lineServes")}</li>
      </ul>
    </section>
  );
}

/** The marks of the strips: each has a hatch, a shape or an outline of its own. */
const BELOW: [string, Key][] = [
  ["answered", "belowAnswered"],
  ["failed", "belowFailed"],
  ["missing", "belowMissing"],
  ["outage", "belowOutage"],
];

function Below() {
  const { say, prefix } = usePage();
  return (
    <section class="legend below-it">
      <h3>{say("below")}</h3>
      <ul>
        {BELOW.map(([tone, meaning]) => (
          <li key={meaning}>
            <svg width="34" height="26" viewBox="0 0 34 26" aria-hidden="true" class={`t-${tone}`}>
              <Filled tone={tone} prefix={`${prefix}s-`} d="M2 24V8H12V13H22V4H32V24z" outline={tone !== "answered"} />
            </svg>
            {say(meaning)}
          </li>
        ))}
        <li>
          <i class="swatch" />
          {say("belowUnplayed")}
        </li>
        <li>
          <svg class="bolt" width="26" height="26" viewBox="0 0 34 34" aria-hidden="true">
            <Mark name="bolt" x={4} y={0} size={17} />
            <path class="drop" d="M8 16V34" />
          </svg>
          {say("belowFault")}
        </li>
        <li>
          <svg class="leaf" width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">
            <path d="M7 1.5L12.5 7L7 12.5L1.5 7z" />
          </svg>
          {say("belowChapter")}
        </li>
      </ul>
    </section>
  );
}

/** What the scenario says of itself tells how it ends. */
function About() {
  const { store, say } = usePage();
  const { description, look_for: lookFor = [] } = store.scenario;
  if (!description && lookFor.length === 0) return null;
  if (Number.isFinite(store.told.value))
    return (
      <section class="about">
        <h2>{say("about")}</h2>
        <p>{say("aboutLater")}</p>
      </section>
    );
  return (
    <section class="about">
      <h2>{say("about")}</h2>
      {description ? <p lang="en">{description}</p> : null}
      {lookFor.length > 0 ? <h3>{say("lookFor")}</h3> : null}
      <ul lang="en">
        {lookFor.map((line) => (
          <li key={line}>{spansOf(line).map(({ text, code }, i) => (code ? <code key={i}>{text}</code> : text))}</li>
        ))}
      </ul>
    </section>
  );
}

interface Row extends Look {
  word: string;
  /** The outline of a pod's mark. */
  shape?: ReturnType<typeof markShape>;
}

function Legend({ title, rows }: { title: string; rows: Row[] }) {
  const { prefix } = usePage();
  return (
    <section class="legend">
      <h3>{title}</h3>
      <ul>
        {rows.map(({ tone, glyph, word, shape }) => (
          <li key={word}>
            <svg width="34" height="26" viewBox="0 0 34 26" aria-hidden="true" class={`t-${tone}`}>
              <Filled tone={tone} prefix={`${prefix}s-`} d={roundRect(1, 1, 32, 24, 5)} />
              {shape === undefined ? null : (
                <path d={markPath(shape, 17, 13, 9.5)} fill="var(--fill)" stroke="var(--ink-on)" stroke-width="1.4" />
              )}
              <MarkAround name={glyph} x={17} y={13} size={shape ? 12 : 14} colour="var(--ink-on)" weight={3} />
            </svg>
            {word}
          </li>
        ))}
      </ul>
    </section>
  );
}
