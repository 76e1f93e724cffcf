/** Above the stage: what is played, which variants of it, and how the page looks. */

import { Icon } from "../look/glyphs";
import { letterOf } from "../model/store";
import { titleIn } from "../words/say";
import { usePage } from "./context";

export function TopBar() {
  const { store, say, language } = usePage();
  const shown = store.shown.value;
  const title = titleIn(language, store.scenario) || store.scenario.name;
  const table = store.view.value === "table";
  return (
    <header class="top">
      <h1 class={title.length > 44 ? "long" : ""}>{title}</h1>
      {store.players.length > 1 ? (
        <fieldset class="variants">
          <legend>{say("variants")}</legend>
          {store.players.map((player) => (
            <button
              key={player.index}
              type="button"
              aria-pressed={shown.includes(player.index)}
              aria-label={`${letterOf(player.index)}: ${titleIn(language, player.run)}`}
              title={`${titleIn(language, player.run)} (${player.index + 1})`}
              onClick={() => store.toggleVariant(player.index)}
              onDblClick={() => store.only(player.index)}
            >
              {letterOf(player.index)}
            </button>
          ))}
        </fieldset>
      ) : null}
      <nav aria-label={say("theme")}>
        <button
          type="button"
          class="iconic"
          aria-pressed={table}
          onClick={() => (store.view.value = table ? "stage" : "table")}
        >
          <Icon name="table" size={16} /> {say("table")}
        </button>
        <button
          type="button"
          class="iconic"
          aria-pressed={store.presenter.value}
          onClick={() => (store.presenter.value = !store.presenter.value)}
        >
          <Icon name="screen" size={16} /> {say("presenter")}
        </button>
        <button type="button" class="iconic" onClick={() => store.nextTheme()} title={say("theme")}>
          <Icon name="contrast" size={16} /> {say(store.theme.value)}
        </button>
        <button
          type="button"
          lang={store.language.value === "en" ? "zh" : "en"}
          onClick={() => (store.language.value = store.language.value === "en" ? "zh" : "en")}
        >
          {say("language")}
        </button>
        <button type="button" aria-label={say("help")} onClick={() => (store.help.value = true)}>
          ?
        </button>
      </nav>
    </header>
  );
}
