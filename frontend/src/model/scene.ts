/** What is on the stage at an instant: the fold's cells, read as nodes, pods, volumes, clients and systems. */

import type { Run, Thing } from "../document/run";
import type { Fold } from "./fold";

export interface NodeNow {
  thing: Thing;
  machine: string;
  api: string;
  cordoned: boolean;
  taints: string[];
}

export interface PodNow {
  thing: Thing;
  /** Name of the node it is on; "" = on none. */
  node: string;
  /** The one word for what it really is; "" = no program runs in it. */
  truth: string;
  /** What Kubernetes says of it; "" = it knows of no such pod. */
  api: string;
  how: string;
  /** Whether Kubernetes has anything to say of it: a bare container is nobody's pod. */
  known: boolean;
  serves: string[];
  volumes: string[];
  /** Key of the workload that it is of; "" = of none. */
  workload: string;
  restarts: number;
  sessions: number;
  /** Of what a provider runs outside the cluster: its zone; null = in the cluster. */
  outside: string | null;
}

export interface VolumeNow {
  thing: Thing;
  claim: string;
  state: string;
  attachment: string;
  nodes: string[];
  waiting: string[];
  disk: string;
  size: string;
}

export interface ClientNow {
  thing: Thing;
  /** Whether it has ever had a session; true of one that keeps none. */
  begun: boolean;
  sessions: number;
  out: string[];
}

export interface SystemNow {
  thing: Thing;
  /** Whether it has ever worked: had a primary, or a member that ran. */
  begun: boolean;
  primaries: string[];
  /** How many members run; null = nobody says. */
  running: number | null;
  term: string;
  quorum: string;
  state: string;
  /** Of a managed database: the instance that its name leads to. */
  endpoint: string;
}

/** So many sessions of a client are open to a pod. */
export interface Wire {
  /** Key of the thing that counts them. */
  thing: string;
  client: string;
  pod: string;
  open: number;
}

export interface Scene {
  nodes: NodeNow[];
  pods: PodNow[];
  volumes: VolumeNow[];
  clients: ClientNow[];
  systems: SystemNow[];
  services: { thing: Thing; ready: number; notReady: number }[];
  wires: Wire[];
}

/** Words of a list written with commas. */
export function listed(value: string): string[] {
  return value === "" ? [] : value.split(",").map((each) => each.trim());
}

/** Return the one word for what a pod really is, as the timeline picture's wide bar says it. */
export function truthOf(process: string, role: string): string {
  if (process === "" || process === "frozen" || process === "dead" || process === "twice") return process;
  if (role !== "") return role;
  return process === "listening" ? "serving" : process;
}

/** Read what is on the stage now. */
export function sceneOf(fold: Fold): Scene {
  const scene: Scene = { nodes: [], pods: [], volumes: [], clients: [], systems: [], services: [], wires: [] };
  for (const thing of fold.run.things) read(fold, thing, scene);
  const open = new Map<string, number>();
  for (const wire of scene.wires) open.set(wire.pod, (open.get(wire.pod) ?? 0) + wire.open);
  for (const pod of scene.pods) pod.sessions = open.get(pod.thing.key) ?? 0;
  return scene;
}

function read(fold: Fold, thing: Thing, scene: Scene): void {
  const of = (attribute: string): string => fold.value(thing, attribute);
  switch (thing.kind) {
    case "Node":
      if (of("machine") !== "" || of("api") !== "") scene.nodes.push(nodeOf(thing, of));
      break;
    case "Pod":
    case "Instance":
      if (of("api") !== "" || of("process") !== "") scene.pods.push(podOf(thing, of));
      break;
    case "PersistentVolume":
      if (of("state") !== "" || of("attachment") !== "") scene.volumes.push(volumeOf(thing, of));
      break;
    case "Client":
      scene.clients.push({
        thing,
        begun: connected(fold, thing),
        sessions: Number(of("sessions") || 0),
        out: listed(of("out")),
      });
      break;
    case "System":
      scene.systems.push({
        thing,
        begun: begun(fold, thing),
        primaries: listed(of("primary")),
        running: of("running") === "" ? null : Number(of("running")),
        term: of("term"),
        quorum: of("quorum"),
        state: of("state"),
        endpoint: of("endpoint"),
      });
      break;
    case "Service":
      scene.services.push({ thing, ready: Number(of("ready") || 0), notReady: Number(of("not_ready") || 0) });
      break;
    case "Sessions": {
      const open = Number(of("open") || 0);
      const { client, pod } = thing.facts;
      if (open > 0) scene.wires.push({ thing: thing.key, client: String(client), pod: String(pod), open });
      break;
    }
    default:
  }
}

/** A system has begun once it had a primary; one that has none by nature, once a member ran. */
function begun(fold: Fold, thing: Thing): boolean {
  const attribute = ["primary", "running"].find((each) => thing.cells.has(each));
  return attribute === undefined || fold.change(thing, attribute) >= 0;
}

/** A client has begun once it had a session; one that keeps none, at once. */
function connected(fold: Fold, thing: Thing): boolean {
  return !thing.cells.has("sessions") || fold.change(thing, "sessions") >= 0;
}

type Read = (attribute: string) => string;

function nodeOf(thing: Thing, of: Read): NodeNow {
  return {
    thing,
    machine: of("machine"),
    api: of("api"),
    cordoned: of("cordoned") !== "",
    taints: listed(of("taints")),
  };
}

function podOf(thing: Thing, of: Read): PodNow {
  return {
    thing,
    node: placeOf(thing, of("node")),
    truth: truthOf(of("process"), of("role")),
    api: of("api"),
    how: of("how"),
    known: thing.cells.has("api") || thing.facts.beside === true,
    serves: listed(of("serves")),
    volumes: listed(of("volume")),
    workload: of("workload"),
    restarts: Number(of("restarts") || 0),
    sessions: 0,
    outside: outsideOf(thing),
  };
}

function outsideOf(thing: Thing): string | null {
  return thing.kind === "Instance" ? String(thing.facts.outside ?? "") : null;
}

/** Return the name of the place that a pod is in: its node, or, outside the cluster, a provider's zone. */
export function placeOf(thing: Thing, node: string): string {
  const zone = outsideOf(thing);
  return zone === null ? node : azOf(zone);
}

/** Return the name of the place that a provider's zone is: no node is called so. */
export const azOf = (zone: string): string => `AZ ${zone}`;

function volumeOf(thing: Thing, of: Read): VolumeNow {
  return {
    thing,
    claim: of("claim") || String(thing.facts.claim ?? ""),
    state: of("state"),
    attachment: of("attachment"),
    nodes: listed(of("attached_to")),
    waiting: listed(of("waiting")),
    disk: of("disk"),
    size: of("size") || String(thing.facts.size ?? ""),
  };
}

/** Return the names of the pods that a wire or a list of primaries names, without the kind. */
export function bare(key: string): string {
  return key.slice(key.indexOf("/") + 1);
}

/** Return whether a thing is there to be shown: anything but the counters behind wires. */
export function shown(thing: Thing, run: Run): boolean {
  return thing.kind !== "Sessions" && run.things[thing.index] === thing;
}
