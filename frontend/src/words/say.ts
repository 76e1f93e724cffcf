/** Says things in the language that is chosen. */

import type { Run } from "../document/run";
import type { FaultRow, Titled } from "../document/types";
import type { Language } from "../model/store";
import { EN, EN_STATES, type Key } from "./en";
import { ZH, ZH_STATES } from "./zh";

const WORDS = { en: EN, zh: ZH };
const STATES = { en: EN_STATES, zh: ZH_STATES };

/** Return a word of the page. */
export function say(language: Language, key: Key): string {
  return WORDS[language][key];
}

/** Return the word for a state of a group (`truth`, `api`, `machine`, …); an unknown one speaks for itself. */
export function state(language: Language, group: string, value: string): string {
  return STATES[language][`${group}.${value}`] ?? EN_STATES[`${group}.${value}`] ?? value;
}

/** Return a title in the language that is chosen; in English where it is not told in that. */
export function titleIn(language: Language, { title, title_zh }: Titled): string {
  return (language === "zh" && title_zh) || title;
}

/** Return what a fault is called. */
export function faultWord(language: Language, { label, label_zh }: Pick<FaultRow, "label" | "label_zh">): string {
  return (language === "zh" && label_zh) || label;
}

/** Return the outcome of a variant in one line. */
export function headlineIn(language: Language, run: Pick<Run, "headline" | "headline_zh">): string {
  return (language === "zh" && run.headline_zh) || run.headline;
}

/** Return an instant as people read it off a clock: ``1:39.2``, ``2:05:00``, ``3d 4:00:00``. */
export function clock(tUs: number, decimals: 0 | 1 | 3 = 1): string {
  const unit = 10 ** decimals;
  const ticks = Math.round((tUs / 1e6) * unit);
  const whole = Math.floor(ticks / unit);
  const rest = decimals ? `.${String(ticks % unit).padStart(decimals, "0")}` : "";
  const two = (n: number): string => String(n).padStart(2, "0");
  const [s, m, h, d] = [
    whole % 60,
    Math.floor(whole / 60) % 60,
    Math.floor(whole / 3600) % 24,
    Math.floor(whole / 86400),
  ];
  if (d > 0) return decimals === 0 && h + m + s === 0 ? `${d}d` : `${d}d ${h}:${two(m)}:${two(s)}`;
  if (h > 0) return `${h}:${two(m)}:${two(s)}`;
  return `${m}:${two(s)}${rest}`;
}

/** Return a length of time with its unit: ``0.8 s``, ``26.8 s``, ``5 min 55 s``, ``2 h 10 min``. */
export function length(us: number, language: Language = "en"): string {
  const s = us / 1e6;
  const [unitS, unitMin, unitH, unitD] = language === "zh" ? ["秒", "分", "小时", "天"] : ["s", "min", "h", "d"];
  if (s < 60) return `${s < 10 ? s.toFixed(1) : Math.floor(s)} ${unitS}`;
  if (s < 3600) return `${Math.floor(s / 60)} ${unitMin} ${Math.floor(s % 60)} ${unitS}`;
  if (s < 86400) return `${Math.floor(s / 3600)} ${unitH} ${Math.floor((s % 3600) / 60)} ${unitMin}`;
  return `${Math.floor(s / 86400)} ${unitD} ${Math.floor((s % 86400) / 3600)} ${unitH}`;
}

/** Return a rate with as many digits as matter: 5.2, 48, 1,204. */
export function rate(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en-US");
  return value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
}
