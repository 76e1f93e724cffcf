/** What is chosen, closely: its state, why it is so, and its history. */

import { useComputed } from "@preact/signals";
import type { Run, Thing } from "../document/run";
import { Icon } from "../look/glyphs";
import { relatedTo } from "../model/related";
import { bare, truthOf } from "../model/scene";
import { upTo } from "../model/search";
import { openSinceUs } from "../model/since";
import { type Choice, letterOf, type Player } from "../model/store";
import { causes, effects, sentence, tidings } from "../model/story";
import { clock, faultWord } from "../words/say";
import { type Speaking, usePage } from "./context";

export function Inspector() {
  const page = usePage();
  const { store } = page;
  const choice = store.chosen.value;
  const player = choice ? store.players[choice.variant] : undefined;
  if (!choice || !player) return null;
  const thing = choice.thing === undefined ? undefined : player.run.things[choice.thing];
  const title = thing ? nameOf(thing) : titleOf(page, player.run, choice.event ?? 0);
  return (
    <aside class="inspector" aria-label={page.say("selected")}>
      <header>
        {store.players.length > 1 ? <span class="letter">{letterOf(player.index)}</span> : null}
        <h2>
          {thing ? <small>{page.state("kind", thing.kind)} </small> : null}
          {title}
        </h2>
        <button type="button" class="plain" aria-label={page.say("close")} onClick={() => store.choose(null)}>
          <Icon name="cross" size={16} />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable from the keyboard */}
      <section class="scrolls" tabIndex={0} aria-label={title}>
        {thing ? (
          <ThingStory key={thing.key} player={player} choice={choice} />
        ) : (
          <Why player={player} event={choice.event ?? -1} />
        )}
      </section>
    </aside>
  );
}

function ThingStory({ player, choice }: { player: Player; choice: Choice }) {
  const page = usePage();
  const { store } = page;
  const cursor = useComputed(() => upTo(player.run.events.t, store.t.value));
  const now = cursor.value === 0 ? -1 : (player.run.events.t[cursor.value - 1] as number);
  const thing = player.run.things[choice.thing as number]!;
  player.fold.seek(store.t.peek());
  const rows = player.fold.attributes(thing).sort((a, b) => rank(a.name) - rank(b.name));
  const history = player.histories.of(thing, now);
  const reason = player.histories.reason(thing, now);
  const openUs = thing.kind === "Sessions" ? openSinceUs(player, thing) : null;
  return (
    <>
      {rows.length > 0 ? <h3>{page.say("state")}</h3> : null}
      <dl>
        {rows.map(({ name, value, change }) => (
          <div key={name}>
            <dt>{page.state("attribute", name)}</dt>
            <dd>
              {valueWord(page, name, value)}
              <small> {`${page.say("since")} ${clock(player.run.changes.t[change] as number)}`}</small>
            </dd>
          </div>
        ))}
        {openUs === null ? null : (
          <div>
            <dt>{page.say("openSince")}</dt>
            <dd>{clock(openUs)}</dd>
          </div>
        )}
      </dl>
      <Related player={player} things={relatedTo(player.fold, thing)} />
      <h3>{page.say("why")}</h3>
      {reason < 0 ? <p>{page.say("nothingYet")}</p> : <Chain player={player} event={reason} />}
      <h3>{page.say("history")}</h3>
      <Sentences player={player} events={history.slice(-60).reverse()} />
    </>
  );
}

/** Return what an event is called: the fault that it begins, or what it is about. */
function titleOf(page: Speaking, run: Run, event: number): string {
  const fault = run.faults.find((each) => each.event === event);
  return fault ? faultWord(page.language, fault) : (run.strings[run.events.object[event] as number] ?? "");
}

/** Links to things: each opens its own state, why, and history. */
function Related({ player, things }: { player: Player; things: readonly Thing[] }) {
  const page = usePage();
  if (things.length === 0) return null;
  return (
    <>
      <h3>{page.say("related")}</h3>
      <ul class="related">
        {things.map((thing) => (
          <li key={thing.key}>
            <button type="button" onClick={() => page.store.choose({ variant: player.index, thing: thing.index })}>
              <small>{page.state("kind", thing.kind)}</small> <b>{nameOf(thing)}</b>{" "}
              <span class="is">{inShort(page, player, thing)}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** Sessions are called by whose they are and where they lead. */
function nameOf(thing: Thing): string {
  if (thing.kind !== "Sessions") return thing.name;
  return `${bare(String(thing.facts.client))} → ${bare(String(thing.facts.pod))}`;
}

/** Return how a thing is in a word or two. */
function inShort(page: Speaking, { fold }: Player, thing: Thing): string {
  const of = (attribute: string): string => fold.value(thing, attribute);
  const says = of("api") && page.state("api", of("api"));
  const truth = truthOf(of("process"), of("role"));
  if (thing.kind === "Node") return [page.state("machine", of("machine")), says].join(", ");
  if (thing.cells.has("process")) return [page.state("truth", truth), says].filter((each) => each !== "").join(", ");
  if (thing.kind === "Sessions") return of("open");
  if (thing.kind === "PersistentVolume") return page.state("attachment", of("attachment") || "detached");
  if (thing.kind === "Client") return page.state("state", of("state"));
  return of("ready") && `${of("ready")} ${page.state("attribute", "ready")}`;
}

/** What matters most comes first. */
const FIRST = [
  "machine",
  "role",
  "process",
  "how",
  "primary",
  "api",
  "cordoned",
  "out",
  "node",
  "attachment",
  "attached_to",
  "waiting",
  "disk",
  "claim",
  "volume",
  "serves",
  "restarts",
];

function rank(attribute: string): number {
  const at = FIRST.indexOf(attribute);
  return at < 0 ? FIRST.length : at;
}

/** Return the word for a value of an attribute. */
export function valueWord(page: Pick<Speaking, "state">, attribute: string, value: string): string {
  if (attribute === "process" && value === "listening") return page.state(attribute, value);
  if (attribute === "role" || attribute === "process") return page.state("truth", value);
  if (attribute === "out")
    return value
      .split(",")
      .map((f) => page.state("f", f))
      .join(", ");
  return page.state(attribute === "state" && value === "lost" ? "disk" : attribute, value);
}

function Why({ player, event }: { player: Player; event: number }) {
  const page = usePage();
  const { told } = page.store;
  const { run } = player;
  const led = effects(run, event)
    .filter((each) => (run.events.t[each] as number) <= told.value)
    .slice(0, 20);
  const targets = run.faults.find((fault) => fault.event === event)?.targets ?? [];
  const things = [run.things[run.about[event] ?? -1], ...targets.map((key) => run.byKey.get(key))];
  // the things that it has to do with are told as they are now
  const at = useComputed(() => upTo(run.changes.t, page.store.t.value));
  player.fold.to(at.value);
  return (
    <>
      <Related player={player} things={[...new Set(things)].filter((each) => each !== undefined)} />
      <h3>{page.say("why")}</h3>
      <Chain player={player} event={event} />
      {led.length > 0 ? <h3>{page.say("ledTo")}</h3> : null}
      <Sentences player={player} events={led} />
    </>
  );
}

/** The chain of causes, the latest first: each line is why the one above it happened. */
function Chain({ player, event }: { player: Player; event: number }) {
  const page = usePage();
  return (
    <>
      <Sentences player={player} events={causes(player.run, event)} chain />
      <p class="hint">{page.say("whyHint")}</p>
    </>
  );
}

function Sentences({ player, events, chain = false }: { player: Player; events: readonly number[]; chain?: boolean }) {
  const { store, language } = usePage();
  const { run } = player;
  return (
    <ol class={chain ? "chain" : "events"}>
      {events.map((event) => {
        const t = run.events.t[event] as number;
        return (
          <li key={event} class={tidings(run, event)}>
            <button type="button" onClick={() => store.seek(t)}>
              <span class="when">{clock(t)}</span>
              <span class="says">{sentence(run, event, language)}</span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
