/** The page as a whole. */

import { useEffect, useRef } from "preact/hooks";
import type { Store } from "../model/store";
import { ChapterBanner } from "./chapter";
import { PageContext, usePage } from "./context";
import { Dock } from "./dock";
import { useKeptFocus } from "./focus";
import { Help } from "./help";
import { Inspector } from "./inspector";
import { Notice } from "./notice";
import { Tip } from "./tip";
import { TopBar } from "./topbar";
import { Variant } from "./variant";

export function App({ store, prefix, whole }: { store: Store; prefix: string; whole: boolean }) {
  return (
    <PageContext.Provider value={{ store, prefix, whole }}>
      <Frame />
    </PageContext.Provider>
  );
}

function Frame() {
  const { store, whole } = usePage();
  // a page has one main part: where the replay stands in another page, that is the page's
  const Main = whole ? "main" : "div";
  const players = store.playersShown();
  const frame = useRef<HTMLDivElement>(null);
  useKeptFocus(frame);
  useClock(store);
  const classes = [
    "frame",
    `theme-${store.theme.value}`,
    store.presenter.value ? "presenter" : "",
    store.chosen.value ? "with-inspector" : "",
    whole ? "" : "part",
  ];
  return (
    // who clicks anywhere in it has the focus in it: then its keys are the replay's, wherever it stands
    <div
      ref={frame}
      tabIndex={-1}
      class={classes.filter((c) => c).join(" ")}
      lang={store.language.value === "zh" ? "zh-CN" : "en"}
    >
      <TopBar />
      <Main class="main">
        <Notice />
        {store.presenter.value ? <ChapterBanner /> : null}
        <div class={`panels n${players.length}`}>
          {players.map((player) => (
            <Variant key={player.index} player={player} />
          ))}
        </div>
        <Inspector />
        <Tip />
      </Main>
      <Dock />
      {store.help.value ? <Help /> : null}
    </div>
  );
}

/** Let time pass while the page plays: once per picture that the browser draws. */
function useClock(store: Store): void {
  const playing = store.playing.value;
  useEffect(() => {
    if (!playing) return;
    let last = performance.now();
    let frame = requestAnimationFrame(function draw(now) {
      store.tick(Math.min(0.25, Math.max(0, (now - last) / 1000)));
      last = now;
      frame = requestAnimationFrame(draw);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, store]);
}
