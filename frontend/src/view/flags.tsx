/** Flags of faults above the strips: each names its fault, and its variants where not all that are shown have it. */

import { useRef } from "preact/hooks";
import { Mark } from "../look/glyphs";
import { clipped, width } from "../look/measure";
import { fittingWords, flagsOf, type Struck, struckIn } from "../model/flags";
import { letterOf, type Player } from "../model/store";
import { clock, faultWord } from "../words/say";
import { usePage } from "./context";
import { useSize } from "./size";

/** So many pixels a flag needs: its bolt, and how many more faults it stands for. */
const LEAST_PX = 42;
const BOLT_PX = 22;
const SIZE = 12.5;
const WEIGHT = 650;
/** Words cut shorter than this say nothing. */
const TELLING_PX = 48;

export function Flags({ players }: { players: readonly Player[] }) {
  const { store, language } = usePage();
  const row = useRef<HTMLDivElement>(null);
  const { w } = useSize(row);
  const wordOf = ({ fault, variants }: Struck): string => {
    const whose = variants.length < players.length ? `${variants.map(letterOf).join("+")}: ` : "";
    return whose + faultWord(language, fault);
  };
  const struck = struckIn(players.map(({ index, run }) => ({ index, faults: run.faults })));
  const flags = w > 0 ? flagsOf(struck, (LEAST_PX / w) * store.durationUs) : [];
  return (
    <div class="flags" ref={row}>
      {flags.map((flag, i) => {
        const next = flags[i + 1]?.tUs ?? store.durationUs;
        const px = Math.max(LEAST_PX, ((next - flag.tUs) / store.durationUs) * w);
        const room = px - BOLT_PX;
        const text = fittingWords(
          flag.faults.map(wordOf),
          (words) => width(words, SIZE, WEIGHT) <= room,
          (words, after) => {
            const left = room - width(after, SIZE, WEIGHT);
            return left < TELLING_PX ? "" : clipped(words, SIZE, left, WEIGHT);
          },
        );
        const told = flag.faults.map((each) => `${clock(each.fault.start_us)} ${wordOf(each)}`);
        return (
          <button
            key={flag.tUs}
            type="button"
            class="flag"
            style={{ left: `${(100 * flag.tUs) / store.durationUs}%`, maxWidth: `${px}px` }}
            title={told.join("\n")}
            aria-label={told.join("; ")}
            onClick={() => {
              store.seek(flag.tUs);
              const [first] = flag.faults;
              const variant = first?.variants[0];
              if (variant !== undefined && first?.fault.event != null)
                store.choose({ variant, event: first.fault.event });
            }}
          >
            <svg width="13" height="13" viewBox="0 0 24 24" aria-hidden="true">
              <Mark name="bolt" />
            </svg>
            {text ? <span>{text}</span> : null}
          </button>
        );
      })}
    </div>
  );
}
