/** Something on the stage that may be chosen, by mouse or by keyboard. */

import type { ComponentChildren } from "preact";
import type { Thing } from "../document/run";
import type { Player } from "../model/store";
import { usePage } from "./context";

interface Props {
  player: Player;
  thing: Thing;
  label: string;
  x?: number;
  y?: number;
  glides?: boolean;
  kind: string;
  children: ComponentChildren;
}

export function Pick({ player, thing, label, x = 0, y = 0, glides = false, kind, children }: Props) {
  const { store } = usePage();
  const chosen = store.chosen.value;
  const own = chosen?.variant === player.index && chosen.thing === thing.index;
  const choose = (event: Event): void => {
    event.stopPropagation();
    store.choose(own ? null : { variant: player.index, thing: thing.index });
  };
  return (
    <g
      role="button"
      tabindex={0}
      aria-label={label}
      aria-pressed={own}
      data-key={thing.key}
      class={`pick ${kind}${glides ? " glides" : ""}${own ? " chosen" : ""}`}
      style={{ transform: `translate(${x.toFixed(1)}px, ${y.toFixed(1)}px)` }}
      onClick={choose}
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key !== "Enter") return;
        event.preventDefault();
        choose(event);
      }}
    >
      {children}
    </g>
  );
}
