/** A variant on the stage: its title, its picture or table, and the latest news as a subtitle. */

import { Icon } from "../look/glyphs";
import { upTo } from "../model/search";
import { letterOf, type Player } from "../model/store";
import { latest, NOTABLE, sentence, textOf, tidings } from "../model/story";
import { clock, headlineIn, titleIn } from "../words/say";
import { usePage } from "./context";
import { Says, Title } from "./fitting";
import { Stage } from "./stage";
import { StateTable } from "./table";

export function Variant({ player }: { player: Player }) {
  const { store, language } = usePage();
  const { run } = player;
  const title = titleIn(language, run);
  const headline = headlineIn(language, run);
  const only = store.players.length === 1;
  return (
    <section class="variant" aria-label={title} data-variant={run.name}>
      <header>
        <div class="title">
          {only ? null : <span class="letter">{letterOf(player.index)}</span>}
          <Title words={`${title} ${store.presenter.value}`}>{title}</Title>
        </div>
        {store.outcomes.value && headline ? <p class={`headline ${run.severity}`}>{headline}</p> : null}
      </header>
      {store.view.value === "stage" ? <Stage player={player} /> : <StateTable player={player} />}
      <Subtitle player={player} />
    </section>
  );
}

/** The latest event that was worth telling. Of those at one instant, the gravest. */
export function newsAt(player: Player, tUs: number): number {
  const { run } = player;
  const last = latest(run, tUs, NOTABLE, 1)[0];
  if (last === undefined) return -1;
  const { t, level } = run.events;
  let best = last;
  for (let i = last; i >= 0 && t[i] === t[last]; i -= 1) if ((level[i] as number) >= (level[best] as number)) best = i;
  return best;
}

/** At the end: what came of it. */
function Outcome({ player }: { player: Player }) {
  const { language } = usePage();
  const { severity } = player.run;
  const headline = headlineIn(language, player.run);
  return (
    <p class={`subtitle outcome ${severity}`}>
      <Icon name={severity === "good" ? "check" : severity === "bad" ? "cross" : "alert"} size={24} />
      <Says words={headline}>{headline}</Says>
    </p>
  );
}

function Subtitle({ player }: { player: Player }) {
  const { store, language } = usePage();
  const { run } = player;
  if (store.atEnd.value && run.headline) return <Outcome player={player} />;
  const count = upTo(player.notable, store.t.value);
  const event = count === 0 ? -1 : newsAt(player, store.t.value);
  if (event < 0) return <p class="subtitle quiet" />;
  const taken = tidings(run, event);
  return (
    <button
      type="button"
      class={`subtitle ${taken}`}
      key={event}
      onClick={() => store.choose({ variant: player.index, event })}
    >
      <span class="when">
        {taken ? <Icon name={taken === "grave" ? "bolt" : "check"} size={14} /> : null}
        {clock(run.events.t[event] as number)}
      </span>
      <Says words={`${event} ${language} ${store.presenter.value}`}>
        {store.presenter.value ? textOf(run, event, language) : sentence(run, event, language)}
      </Says>
    </button>
  );
}
