/** What a page's address says after `#`: ``#t=99.5&show=patroni-async,statefulset&theme=dark&lang=zh&view=table&presenter``. */

import type { Settings, Store, Theme } from "../model/store";
import { THEMES } from "../model/store";

/** Read settings; what is unknown is left out. */
export function settingsOf(hash: string, names: readonly string[]): Settings {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const settings: Settings = {};
  const t = asked.get("t");
  if (t !== null && t !== "" && Number.isFinite(Number(t))) settings.t = Number(t) * 1e6;
  const show = (asked.get("show") ?? "")
    .split(",")
    .map((name) => names.indexOf(name))
    .filter((i) => i >= 0);
  if (show.length > 0) settings.shown = show;
  const theme = asked.get("theme") as Theme | null;
  if (theme && THEMES.includes(theme)) settings.theme = theme;
  const language = asked.get("lang");
  if (language === "en" || language === "zh") settings.language = language;
  const view = asked.get("view");
  if (view === "table" || view === "stage") settings.view = view;
  if (asked.has("presenter")) settings.presenter = true;
  return settings;
}

/** Write an address that leads back to what is shown. */
export function addressOf(store: Store): string {
  const parts = [
    `t=${store.t.value / 1e6}`,
    `show=${store
      .playersShown()
      .map((p) => p.run.name)
      .join(",")}`,
  ];
  parts.push(`theme=${store.theme.value}`, `lang=${store.language.value}`, `view=${store.view.value}`);
  return `#${parts.join("&")}${store.presenter.value ? "&presenter" : ""}`;
}
