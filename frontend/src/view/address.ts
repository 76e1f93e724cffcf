/** What a page's address says after `#`: ``#t=99.5&show=patroni-async,statefulset&theme=dark&lang=zh&view=table&presenter``. */

import { type Misread, MOST_SHOWN, type Settings, type Store, THEMES } from "../model/store";

/** What an address can say. */
const ASKED = ["t", "show", "theme", "lang", "view", "presenter"] as const;

export interface Read {
  settings: Settings;
  misread: Misread[];
}

/**
 * Read settings; what is not understood is told, and what is understood beside it holds.
 *
 * `isPlace` knows the names of places in the page around: an address that is such a name alone is none of the replay's business.
 */
export function readAddress(
  hash: string,
  names: readonly string[],
  durationUs = Number.POSITIVE_INFINITY,
  isPlace: (word: string) => boolean = () => false,
): Read {
  const asked = new URLSearchParams(hash.replace(/^#/, ""));
  const settings: Settings = {};
  const misread: Misread[] = [];
  const wrong = (what: string, rule: Misread["rule"], possible: readonly string[]): void => {
    misread.push({ asked: what, rule, possible });
  };
  const word = <T extends string>(key: string, possible: readonly T[]): T | undefined => {
    const value = asked.get(key);
    if (value === null) return undefined;
    if (possible.includes(value as T)) return value as T;
    wrong(`${key}=${value}`, "words", possible);
    return undefined;
  };

  const t = asked.get("t");
  if (t !== null) {
    const us = t.trim() === "" ? Number.NaN : Number(t) * 1e6;
    if (Number.isFinite(us)) settings.t = us;
    if (!(us >= 0 && us <= durationUs)) wrong(`t=${t}`, "seconds", ["0", String(durationUs / 1e6)]);
  }
  const show = asked.get("show");
  if (show !== null) {
    const wanted = show.split(",").map((name) => name.trim());
    const known = [...new Set(wanted)].filter((name) => names.includes(name));
    const unknown = wanted.filter((name) => !names.includes(name));
    if (unknown.length > 0) wrong(`show=${unknown.join(",")}`, "words", names);
    if (known.length > MOST_SHOWN) wrong(`show=${known.join(",")}`, "most", [String(MOST_SHOWN)]);
    if (known.length > 0) settings.shown = known.map((name) => names.indexOf(name));
  }
  settings.theme = word("theme", THEMES);
  settings.language = word("lang", ["en", "zh"] as const);
  settings.view = word("view", ["stage", "table"] as const);
  if (asked.has("presenter")) settings.presenter = true;
  for (const [key, value] of asked) {
    if (ASKED.includes(key as (typeof ASKED)[number]) || (value === "" && isPlace(key))) continue;
    wrong(value === "" ? key : `${key}=${value}`, "words", ASKED);
  }
  for (const key of Object.keys(settings) as (keyof Settings)[]) if (settings[key] === undefined) delete settings[key];
  return { settings, misread };
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
