/** The moving picture of one variant. */

import { type Signal, useComputed, useSignal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Patterns } from "../look/patterns";
import { type Box, type Layout, layOut, leastScale, MARGIN } from "../model/layout";
import { type Scene, sceneOf } from "../model/scene";
import { upTo } from "../model/search";
import { Seats } from "../model/seats";
import type { Player } from "../model/store";
import { titleIn } from "../words/say";
import { usePage } from "./context";
import { Cables, Wires } from "./lines";
import { OutsideArea, OutsideWords } from "./outside";
import { placedIn } from "./placed";
import { NodeArea, VolumeDrum, ZoneArea } from "./places";
import { PodCard, PodChip } from "./pod";
import { outOfSight, useRest } from "./rest";
import { useSize } from "./size";
import { ClientChip } from "./strip";
import { SystemChip } from "./system";
import { cablesOf, type Line, laneOf, lineAt, wiresOf } from "./wiring";

/** Half of how wide a line is for whoever points at it: 10 px, and what places are rounded by. */
const NEAR_PX = 6;
/** What is out of sight by less is the drawing's margin. */
const SLACK_PX = 12;

/** The scene of a variant at the store's instant: folded again only when something has changed. */
export function useScene(player: Player): Scene {
  const { store } = usePage();
  const cursor = useComputed(() => upTo(player.run.changes.t, store.t.value));
  const scene = useComputed(() => {
    player.fold.to(cursor.value);
    return sceneOf(player.fold);
  });
  return scene.value;
}

/** The room for the picture: where it is taller than that, the room says so, as what is out of sight is easily missed. */
export function Stage({ player }: { player: Player }) {
  const page = usePage();
  const room = useRef<HTMLDivElement>(null);
  const tall = useSignal(0);
  const scrolled = useSignal(0);
  const { w, h } = useSize(room);
  const below = h > 0 && tall.value - scrolled.value - h > SLACK_PX;
  return (
    <div class="around">
      <div
        class="room"
        ref={room}
        onScroll={(event) => {
          scrolled.value = event.currentTarget.scrollTop;
        }}
      >
        {w > 0 && h > 0 ? (
          <Drawing player={player} w={w} h={h} tall={tall} scrolled={scrolled} key={page.language} />
        ) : null}
      </div>
      {below ? (
        <button
          type="button"
          class="below"
          onClick={() => room.current?.scrollBy({ top: 0.8 * h, behavior: "smooth" })}
        >
          ↓ {page.say("moreBelow")}
        </button>
      ) : null}
    </div>
  );
}

/** Return the places for pods, zone by zone and node by node. */
function slotsOf(layout: Layout): Box[] {
  return layout.zones.flatMap((zone) => zone.nodes.flatMap((node) => node.slots));
}

interface Room {
  player: Player;
  w: number;
  h: number;
  /** Is told how high the picture is, in pixels. */
  tall: Signal<number>;
  /** How far it is scrolled, in pixels. */
  scrolled: Signal<number>;
}

function Drawing({ player, w, h, tall: told, scrolled }: Room) {
  const page = usePage();
  const scene = useScene(player);
  const shown = page.store.shown.value;
  const afar = page.store.presenter.value;
  const layout = useMemo(() => {
    const others = shown.filter((i) => i !== player.index).map((i) => page.store.players[i]!.plan);
    return layOut(player.plan, w, h, others, leastScale(shown.length, afar));
  }, [player, w, h, shown, afar, page.store]);
  const placed = useMemo(() => placedIn(layout, scene), [layout, scene]);
  const jumped = page.store.jumped.value;
  const house = useMemo(() => new Seats(), []);
  // in the order of places, so that elements need not change theirs, and Tab goes from place to place
  const seated = useMemo(() => {
    const rank = new Map(slotsOf(layout).map((box, i) => [box, i]));
    const inOrder = [...placed.pods].sort(([, a], [, b]) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0));
    return house.of(inOrder, jumped);
  }, [house, placed]);
  const pods = new Map(scene.pods.map((pod) => [pod.thing.key, pod]));
  const { scale } = layout;
  const wide = layout.w + 2 * MARGIN;
  const tall = Math.max(layout.h + 2 * MARGIN, h / scale);
  const px = tall * scale;
  const rests = useRest(scene, jumped && px - h > SLACK_PX);
  const top = scrolled.peek() / scale - MARGIN;
  const unseen = (box: Box): boolean => !rests && outOfSight(box, top, top + h / scale);
  useLayoutEffect(() => {
    told.value = px;
  }, [told, px]);
  const cables = useMemo(() => cablesOf(layout, scene, placed), [layout, scene, placed]);
  const wires = useMemo(() => wiresOf(layout, scene, placed), [layout, scene, placed]);
  const chosen = page.store.chosen.value;
  const chosenKey = chosen?.variant === player.index ? (player.run.things[chosen.thing ?? -1]?.key ?? "") : "";
  // lines are drawn as thin as they are: whoever points at one is near it, so they need no elements that take the pointer
  const near = (event: MouseEvent): Line | undefined => {
    const matrix = (event.currentTarget as SVGSVGElement).getScreenCTM();
    if (!matrix) return undefined;
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    return lineAt<Line>([...cables, ...wires], at, NEAR_PX / scale);
  };
  const choose = (event: MouseEvent): void => {
    // no pointer: it is the keyboard that presses what has the focus
    const thing = event.detail === 0 ? undefined : player.run.byKey.get(near(event)?.thing ?? "");
    if (!thing) return;
    event.stopPropagation();
    page.store.choose(thing.key === chosenKey ? null : { variant: player.index, thing: thing.index });
  };
  return (
    <svg
      onClickCapture={choose}
      onPointerMove={(event) => {
        event.currentTarget.style.cursor = near(event) ? "pointer" : "";
      }}
      class={`stage${jumped ? " jumped" : ""}${page.store.playing.value ? " playing" : ""}`}
      role="group"
      aria-label={titleIn(page.language, player.run)}
      width={wide * scale}
      height={px}
      viewBox={`${-MARGIN} ${-MARGIN} ${wide} ${tall}`}
    >
      <Patterns prefix={`${page.prefix}`} />
      {layout.zones.map((zone) =>
        zone.outside ? (
          <OutsideArea key="outside" zone={zone} scene={scene} placed={placed} />
        ) : (
          <ZoneArea key={zone.name} player={player} zone={zone} />
        ),
      )}
      {layout.zones.flatMap((zone) =>
        (zone.outside ? [] : zone.nodes).map((box) => (
          <NodeArea key={box.key} player={player} box={box} node={scene.nodes.find((n) => n.thing.key === box.key)} />
        )),
      )}
      {layout.waiting && placed.waiting.size > 0 ? (
        <text class="caption" x={layout.waiting.x + 4} y={layout.waiting.y + 17.5} font-size={12}>
          {page.say("notPlaced")}
        </text>
      ) : null}
      {scene.volumes.map((volume) => {
        const box = layout.zones.map((zone) => zone.volumes.get(volume.thing.key)).find((each) => each !== undefined);
        return box ? <VolumeDrum key={volume.thing.key} player={player} volume={volume} box={box} /> : null;
      })}
      {[...seated].map(([key, seat]) => (
        <PodCard
          key={seat}
          player={player}
          pod={pods.get(key)!}
          box={placed.pods.get(key)!}
          unseen={unseen(placed.pods.get(key)!)}
        />
      ))}
      {[...placed.waiting].map(([key, box]) => (
        <PodChip key={key} player={player} pod={pods.get(key)!} box={box} />
      ))}
      <Cables cables={cables} chosen={chosenKey} />
      <Wires wires={wires} seats={seated} chosen={chosenKey} />
      {layout.zones.map((zone) => (zone.outside ? <OutsideWords key="outside" zone={zone} scene={scene} /> : null))}
      {scene.clients.map((client) => {
        const box = layout.clients.get(client.thing.key);
        return box ? (
          <ClientChip
            key={client.thing.key}
            player={player}
            client={client}
            box={box}
            lane={laneOf(layout, client.thing.key)}
          />
        ) : null;
      })}
      {scene.systems.map((system) => {
        const box = layout.systems.get(system.thing.key);
        return box ? <SystemChip key={system.thing.key} player={player} system={system} box={box} /> : null;
      })}
    </svg>
  );
}
