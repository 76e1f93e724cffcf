/** A variant's own row below the picture: what its clients were answered, its outages, and lines where its own faults strike. */

import { useComputed } from "@preact/signals";
import { useMemo, useRef } from "preact/hooks";
import { Filled } from "../look/patterns";
import { area, type Ground } from "../model/area";
import type { Player } from "../model/store";
import { columnsTold, inSteps, lossTold, outagesTold } from "../model/told";
import { type Column, columnsOf, scaled } from "../model/traffic";
import { usePage } from "./context";
import { useSize } from "./size";

/** Lines of faults stand on so many places of a row: more of them would be a grey mass. */
const LINES = 300;
const MOST_COLUMNS = 400;
/** How much of its lane the highest column takes. */
const HIGHEST = 0.86;
/** Half of an outline's width. */
const RIM_PX = 0.75;
/** No outage is narrower, nothing that failed or was lost is narrower or lower: it would not be seen. */
const LEAST_PX = 4;
/** What is lost has an outline. */
const LEAST_LOST_PX = 7;

interface Lane {
  client: string;
  columns: Column[];
}

export function Course({ player }: { player: Player }) {
  const { store } = usePage();
  const { run } = player;
  const { durationUs } = store;
  const row = useRef<HTMLDivElement>(null);
  const { w, h } = useSize(row);
  const until = useComputed(() => inSteps(store.told.value, durationUs)).value;
  const lanes: Lane[] = useMemo(
    () =>
      run.things
        .filter((thing) => thing.kind === "Client" && run.traffic[thing.name])
        .map(({ name }) => ({
          client: name,
          columns: columnsOf(run.traffic[name]!, durationUs, MOST_COLUMNS),
        })),
    [run, durationUs],
  );
  const struck = new Set(run.faults.map((fault) => Math.round((LINES * fault.start_us) / durationUs)));
  return (
    <div class="strip" ref={row} data-course={run.name}>
      {w > 0 ? (
        <svg width="100%" height="100%" aria-hidden="true">
          <Outages player={player} lanes={lanes} until={until} w={w} h={h} />
          {lanes.map(({ client, columns }, i) => (
            <Answers
              key={client}
              columns={scaled(columnsTold(columns, until, durationUs, lossTold(run, client, until)))}
              ground={{ w, bottom: ((i + 1) * h) / lanes.length, height: (HIGHEST * h) / lanes.length }}
            />
          ))}
        </svg>
      ) : null}
      {[...struck].map((place) => (
        <i key={place} class="fault-line" style={{ left: `${(100 * place) / LINES}%` }} />
      ))}
    </div>
  );
}

/**
 * What came of a client's operations: answered below, failed on top, and of those answered what was lost.
 *
 * Their heights are shares of the highest so far: a later rush would be known by how low all before it is.
 */
function Answers({ columns, ground }: { columns: readonly Column[]; ground: Ground }) {
  const page = usePage();
  const prefix = `${page.prefix}s-`;
  const bars = (low: (c: Column) => number, high: (c: Column) => number) =>
    columns.map((c) => ({ x0: c.x0, x1: c.x1, low: low(c), high: high(c) }));
  const answered = area(
    bars(
      () => 0,
      (c) => c.acked,
    ),
    ground,
  );
  const failed = area(
    bars(
      (c) => c.acked,
      (c) => c.acked + c.failed,
    ),
    { ...ground, leastPx: LEAST_PX },
  );
  const missing = area(
    bars(
      () => 0,
      (c) => Math.min(c.lost, c.acked),
    ),
    { ...ground, leastPx: LEAST_LOST_PX },
  );
  return (
    <>
      <Filled tone="answered" prefix={prefix} d={answered} outline={false} />
      <Filled tone="failed" prefix={prefix} d={failed} outline={false} />
      <Filled tone="missing" prefix={prefix} d={missing} />
    </>
  );
}

interface Under {
  player: Player;
  lanes: readonly Lane[];
  until: number;
  w: number;
  h: number;
}

function Outages({ player, lanes, until, w, h }: Under) {
  const { store, prefix } = usePage();
  const share = h / Math.max(1, lanes.length);
  return (
    <>
      {outagesTold(player.run.outages, until, store.durationUs).map(({ client, f, start_us, end_us }) => {
        const lane = Math.max(
          0,
          lanes.findIndex((each) => each.client === client),
        );
        const x = (w * start_us) / store.durationUs;
        const wide = Math.max(LEAST_PX, (w * ((end_us as number) - start_us)) / store.durationUs);
        const d = `M${x + RIM_PX} ${lane * share + RIM_PX}h${wide - 2 * RIM_PX}v${share - 2 * RIM_PX}h${2 * RIM_PX - wide}z`;
        return <Filled key={`${client} ${f} ${start_us}`} tone="outage" prefix={`${prefix}s-`} d={d} />;
      })}
    </>
  );
}
