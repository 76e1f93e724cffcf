import { describe, expect, it } from "vitest";
import { sinceUs } from "../../src/model/since";
import { Store } from "../../src/model/store";
import { documentOf, Writer } from "../fixture";

/** A client that is out from 60 s to 90 s, and loses its sessions one by one meanwhile. */
function outage() {
  const w = new Writer("out", "Out");
  w.thing("Client/shop").thing("Pod/pg-0");
  w.at(1, "Pod/pg-0", "Ready", { changes: { "Pod/pg-0": { api: "ready", process: "listening" } } });
  w.at(1, "Client/shop", "SessionOpened", { changes: { "Client/shop": { state: "ok", sessions: "3" } } });
  w.at(61, "Client/shop", "Outage", { changes: { "Client/shop": { state: "outage", out: "write" } } });
  w.at(70, "Client/shop", "SessionBroken", { changes: { "Client/shop": { sessions: "2" } } });
  w.at(75, "Client/shop", "Outage", { changes: { "Client/shop": { out: "write,read" } } });
  w.at(90, "Client/shop", "Recovered", { changes: { "Client/shop": { state: "ok", out: "" } } });
  w.at(95, "Client/shop", "SessionOpened", { changes: { "Client/shop": { sessions: "3" } } });

  w.at(99, "Pod/pg-0", "Restarted", { changes: { "Pod/pg-0": { restarts: "1" } } });
  const outages = [
    { client: "shop", f: "write", start_us: 60e6, end_us: 90e6 },
    { client: "shop", f: "read", start_us: 74e6, end_us: 88e6 },
  ];
  return documentOf([w.done({ outages })]);
}

describe("since when a thing is as it is", () => {
  const store = new Store(outage());
  const player = store.players[0]!;
  const since = (key: string, s: number): number | null => {
    player.fold.to(player.run.changes.t.filter((t) => t <= s * 1e6).length);
    const us = sinceUs(player, player.run.byKey.get(key)!, s * 1e6);
    return us === null ? null : us / 1e6;
  };

  it("an outage began when it began, however many sessions were lost since", () => {
    expect(since("Client/shop", 62)).toBe(60);
    expect(since("Client/shop", 71)).toBe(60);
    expect(since("Client/shop", 80)).toBe(60);
  });

  it("what is over is over since it was over, whatever sessions are opened then", () => {
    expect(since("Client/shop", 91)).toBe(90);
    expect(since("Client/shop", 96)).toBe(90);
  });

  it("counters begin nothing, and of what nothing was said there is no since", () => {
    expect(since("Pod/pg-0", 100)).toBe(1);
    expect(since("Pod/pg-0", 0)).toBeNull();
  });
});
