/** The same instant as a table: every thing, what it really is, what Kubernetes says, where it is, since when. */

import type { Thing } from "../document/run";
import { sinceUs } from "../model/since";
import type { Player } from "../model/store";
import { clock, titleIn } from "../words/say";
import { type Speaking, usePage } from "./context";
import { podWord } from "./pod";
import { useScene } from "./stage";
import { systemWords } from "./system";

interface Row {
  thing: Thing;
  name: string;
  is: string;
  says: string;
  where: string;
}

/** Return the rows of the table at this instant. */
function rowsOf(page: Speaking, player: Player, scene: ReturnType<typeof useScene>): Row[] {
  const at = (thing: Thing, attribute: string): string => player.fold.value(thing, attribute);
  return [
    ...scene.clients.map((c) => ({
      thing: c.thing,
      name: c.thing.name,
      is:
        c.out.length > 0
          ? `${page.say("nothingSucceeds")} ${c.out.map((f) => page.state("f", f)).join(", ")}`
          : page.state("state", at(c.thing, "state")),
      says: "",
      where: `${c.sessions} ${page.say("sessions")}`,
    })),
    ...scene.systems
      .filter((s) => player.plan.systems.includes(s.thing.key))
      .map((s) => ({
        thing: s.thing,
        name: s.thing.name,
        is: systemWords(page, s).one,
        says: s.state,
        where: s.endpoint ? s.endpoint : s.quorum && page.state("quorum", s.quorum),
      })),
    ...scene.services.map((s) => ({
      thing: s.thing,
      name: s.thing.name,
      is: "",
      says: `${s.ready} ${page.state("attribute", "ready")}`,
      where: "",
    })),
    ...scene.nodes.map((n) => ({
      thing: n.thing,
      name: n.thing.name,
      is: page.state("machine", n.machine),
      says: page.state("api", n.api) + (n.cordoned ? `, ${page.say("scheduled")}` : ""),
      where: String(n.thing.parent ?? "").replace("Zone/", `${page.say("zone")} `),
    })),
    ...scene.pods.map((p) => ({
      thing: p.thing,
      name: p.thing.name,
      is: podWord(page, p),
      says: p.known ? page.state("api", p.api) : "",
      where: p.outside === null ? p.node : `${p.node}, ${page.say("outside")}`,
    })),
    ...scene.volumes.map((v) => ({
      thing: v.thing,
      name: v.claim || v.thing.name,
      is: v.disk ? page.state("disk", v.disk) : page.state("attachment", v.attachment || "detached"),
      says: v.state,
      where: v.nodes.join(", "),
    })),
  ];
}

const sinceWords = (us: number | null): string => (us === null ? "" : clock(us));

export function StateTable({ player }: { player: Player }) {
  const page = usePage();
  const title = titleIn(page.language, player.run);
  const { store } = page;
  const scene = useScene(player);
  const rows = rowsOf(page, player, scene);
  const chosen = store.chosen.value;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard
    <section class="room scrolls" tabIndex={0} aria-label={`${title}: ${page.say("table")}`}>
      <table>
        <thead>
          <tr>
            <th scope="col">{page.say("object")}</th>
            <th scope="col">{page.say("is")}</th>
            <th scope="col">{page.say("says")}</th>
            <th scope="col">{page.say("where")}</th>
            <th scope="col" class="number">
              {page.say("since")}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ thing, name, is, says, where }) => {
            const own = chosen?.variant === player.index && chosen.thing === thing.index;
            return (
              <tr key={thing.key} class={own ? "chosen" : ""}>
                <th scope="row">
                  <button
                    type="button"
                    aria-pressed={own}
                    onClick={() => store.choose({ variant: player.index, thing: thing.index })}
                  >
                    <small>{page.state("kind", thing.kind)}</small> {name}
                  </button>
                </th>
                <td>{is}</td>
                <td>{says}</td>
                <td>{where}</td>
                <td class="number">{sinceWords(sinceUs(player, thing, store.t.value))}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </section>
  );
}
