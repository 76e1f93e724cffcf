/** The replay: plays a run of statesim in a page, or in a notebook's cell (anywidget). */

import { render as draw } from "preact";
import { fromBase64, inflate } from "./document/inflate";
import type { ReplayDocument } from "./document/types";
import css from "./look/stage.css";
import { firstShown, type Settings, Store } from "./model/store";
import { addressOf, readAddress } from "./view/address";
import { App } from "./view/app";
import { keepFromJupyter, listen } from "./view/keys";

export interface Options extends Settings {
  /** Where keys are listened to: the whole page, or only while the replay has the focus. */
  keys?: "page" | "element";
}

export interface Mounted {
  readonly store: Store;
  seek(tUs: number): void;
  play(): void;
  pause(): void;
  address(): string;
  destroy(): void;
}

let mounts = 0;

/** The language that a page asks for at the stage itself: ``<div id="statesim-stage" lang="zh-CN">``. */
function spoken(lang: string | null): Settings {
  return lang ? { language: lang.toLowerCase().startsWith("zh") ? "zh" : "en" } : {};
}

function preferred(width: number, count: number): Settings {
  const dark = typeof matchMedia === "function" && matchMedia("(prefers-color-scheme: dark)").matches;
  return {
    theme: dark ? "dark" : "light",
    language: navigator.language?.toLowerCase().startsWith("zh") ? "zh" : "en",
    shown: firstShown(count, width),
  };
}

/** Play a document in an element. */
export function mount(element: HTMLElement, document: ReplayDocument, options: Options = {}): Mounted {
  const width = element.clientWidth || innerWidth;
  const store = new Store(document, { ...preferred(width, document.variants.length), ...options });
  mounts += 1;
  // a tree of its own: neither do the page's styles reach in, nor ours out
  const shadow = element.shadowRoot ?? element.attachShadow({ mode: "open" });
  const style = element.ownerDocument.createElement("style");
  style.textContent = css;
  const root = element.ownerDocument.createElement("div");
  root.className = "statesim-replay";
  shadow.replaceChildren(style, root);
  const inPage = options.keys === "page";
  draw(<App store={store} prefix={`ss${mounts}-`} whole={inPage} />, root);
  const stop = listen(element, store, inPage);
  return {
    store,
    seek: (tUs) => store.seek(tUs),
    play: () => {
      if (!store.playing.value) store.toggle();
    },
    pause: () => {
      store.playing.value = false;
    },
    address: () => addressOf(store),
    destroy: () => {
      stop();
      draw(null, root);
      shadow.replaceChildren();
    },
  };
}

interface Model {
  get(name: string): unknown;
}

/** anywidget's front-end interface: the model's `document` holds the bytes. */
export async function render({ model, el }: { model: Model; el: HTMLElement }): Promise<() => void> {
  const raw = model.get("document");
  const bytes = typeof raw === "string" ? fromBase64(raw) : bytesOf(raw as DataView | Uint8Array);
  const height = Number(model.get("height") ?? 0);
  el.style.height = height > 0 ? `${height}px` : "640px";
  const settings = (model.get("settings") ?? {}) as Settings;
  const mounted = mount(el, await inflate(bytes), { ...settings, keys: "element" });
  const stop = keepFromJupyter(el);
  return () => {
    stop();
    mounted.destroy();
  };
}

function bytesOf(raw: DataView | Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.byteLength) as ArrayBuffer);
}

export default { render };

async function playPage(): Promise<void> {
  const packed = globalThis.document?.getElementById("statesim-replay");
  const place = globalThis.document?.getElementById("statesim-stage");
  if (!packed || !place) return;
  try {
    const document = await inflate(fromBase64(packed.textContent ?? ""));
    const names = document.variants.map((v) => v.name);
    const inline = place.hasAttribute("data-inline");
    const isPlace = (word: string): boolean => globalThis.document.getElementById(word) !== null;
    const { settings, misread } = readAddress(location.hash, names, document.scenario.duration_us, isPlace);
    const keys = inline ? "element" : "page";
    const mounted = mount(place, document, { keys, ...spoken(place.getAttribute("lang")), ...settings });
    mounted.store.misread.value = misread;
    Object.assign(globalThis, { statesimReplay: mounted });
  } catch (error) {
    place.textContent = error instanceof Error ? error.message : String(error);
    place.setAttribute("role", "alert");
  }
}

if (typeof document !== "undefined") void playPage();
