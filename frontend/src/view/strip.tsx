/** Above the zones: clients, with what they are answered. */

import { Mark } from "../look/glyphs";
import { laneLook } from "../look/lanes";
import { firstFitting, LEAST, sized, width } from "../look/measure";
import { Filled, markPath, roundRect } from "../look/patterns";
import type { Box } from "../model/layout";
import type { ClientNow } from "../model/scene";
import type { Player } from "../model/store";
import { answeredAt, isMean, ratesAt, type Vain, vainAt } from "../model/traffic";
import { length, rate } from "../words/say";
import { type Speaking, usePage } from "./context";
import { Pick } from "./pick";

export interface ClientWords {
  one: string;
  two: string;
  /** The same for where there is less room. */
  briefOne: string;
  briefTwo: string;
  sessions: string;
  out: boolean;
}

/** Return the two lines that tell how a client fares, and whether it fares ill. */
export function clientWords(page: Speaking, player: Player, client: ClientNow, tUs: number): ClientWords {
  const name = client.thing.name;
  const row = player.run.traffic[name];
  const rates = ratesAt(row, tUs);
  const [out, ...alsoOut] = vainAt(player.run, name, tUs);
  const counted = `${client.sessions} ${page.say(client.sessions === 1 ? "session" : "sessions")}`;
  if (out) {
    const none = ({ f, since_us }: Vain): string =>
      page
        .say("noneFor")
        .replace("{f}", page.state("f", f))
        .replace("{t}", length(tUs - since_us, page.language));
    const answered = answeredAt(row, tUs, [out, ...alsoOut]).map((f) =>
      page.say("areAnswered").replace("{}", page.state("f", f)),
    );
    const kinds = `${page.say("nothingSucceeds")} ${alsoOut.map(({ f }) => page.state("f", f)).join(", ")}`;
    const others = [...alsoOut.map(none), ...answered].join(" · ");
    // a session that broke in vain counts again once a write of it has ended: reads are answered before that
    const sessions = client.sessions === 0 && answered.length > 0 ? "" : counted;
    return {
      one: none(out),
      briefOne: `${page.state("f", out.f)}: ${page.say("noAnswerBrief")} ${length(tUs - out.since_us, page.language)}`,
      two: [others, sessions].filter((each) => each !== "").join(" · "),
      briefTwo: others || sessions,
      // the kinds alone where there is no room for times: a number that is cut is another number
      sessions: alsoOut.length > 0 ? kinds : others || sessions,
      out: true,
    };
  }
  const sessions = counted;
  const quiet = { briefTwo: sessions, sessions, out: false };
  // what is counted in a stretch of time was not asked for before there was a session
  if (!client.begun || rates.every((r) => r.acked + r.failed === 0))
    return { ...quiet, one: page.say("idle"), briefOne: page.say("idle"), two: sessions };
  const told = rates
    .filter((r) => r.f !== "" || rates.length === 1)
    .map((r) => `${rate(r.acked)} ${page.state("f", r.f)}${page.say("perSecond")}`);
  const failed = rates.reduce((sum, r) => sum + r.failed, 0);
  const hurt = failed > 0 ? `${rate(failed)}${page.say("perSecond")} ${page.say("failedWord")}` : "";
  const mean = isMean(row);
  const one = told.join(", ");
  return {
    ...quiet,
    one: one ? (mean ? page.say("onAverage").replace("{}", one) : one) : sessions,
    briefOne: told[0] ? (mean ? page.say("onAverageBrief").replace("{}", told[0]) : told[0]) : sessions,
    two: [sessions, hurt].filter((each) => each !== "").join(" · "),
    briefTwo: hurt || sessions,
  };
}

interface ChipProps {
  player: Player;
  client: ClientNow;
  box: Box;
  /** Which of the lanes its wires run in. */
  lane: number;
}

export function ClientChip({ player, client, box, lane }: ChipProps) {
  const page = usePage();
  const words = clientWords(page, player, client, page.store.t.value);
  const tone = words.out ? "outage" : "plain";
  const { w, h } = box;
  const { name } = client.thing;
  const look = laneLook(lane);
  const label = `${page.state("kind", "Client")} ${name}: ${words.one}; ${words.two}`;
  const left = 44;
  const room = w - left - 7;
  const beside = width(name, 13.5, 700) + 9 + width(words.one, 13.5, 650) <= room;
  const one = firstFitting([words.one, words.briefOne], LEAST, room, 650);
  const size = sized(one, 13.5, room, 650);
  const twos = beside
    ? [words.two, words.briefTwo, words.sessions]
    : [words.two, words.briefTwo, words.sessions].map((each) => `${name} · ${each}`);
  return (
    <Pick
      player={player}
      thing={client.thing}
      label={label}
      x={box.x}
      y={box.y}
      kind={`client ${look.name} t-${tone}${words.out ? " out" : ""}`}
    >
      <path class="card" d={roundRect(0, 0, w, h, 9)} />
      {words.out ? <Filled tone="outage" prefix={page.prefix} d={roundRect(0, 0, w, h, 9)} outline={false} /> : null}
      <path class="sign" d={markPath(look.shape, 22, h / 2, 13.5)} />
      <Mark
        name={words.out ? "cross" : "people"}
        x={13.5}
        y={h / 2 - 8.5}
        size={17}
        colour="var(--on-count)"
        weight={words.out ? 4 : 2.4}
      />
      {beside ? (
        <text x={left} y={18.5} font-size={13.5}>
          <tspan class="name">{name}</tspan>
          <tspan class="big" dx="9">
            {words.one}
          </tspan>
        </text>
      ) : (
        <text class="big" x={left} y={18.5} font-size={size}>
          {one}
        </text>
      )}
      <text class="word" x={left} y={36} font-size={12}>
        {firstFitting(twos, 12, room, 600)}
      </text>
      <path class="rim" d={roundRect(0, 0, w, h, 9)} />
    </Pick>
  );
}
