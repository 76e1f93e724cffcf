/** What belongs together: from each thing the others that it has to do with, at an instant. */

import type { Run, Thing } from "../document/run";
import type { Fold } from "./fold";
import { type PodNow, type Scene, sceneOf, type VolumeNow } from "./scene";

/** Return the things that one has to do with now, in the order in which they are told; none twice, and not itself. */
export function relatedTo(fold: Fold, thing: Thing, scene: Scene = sceneOf(fold)): Thing[] {
  const keys = KINDS[thing.kind]?.(thing, scene, fold.run) ?? ofWorkload(thing, scene);
  const found = [...new Set(keys)].map((key) => fold.run.byKey.get(key));
  return found.filter((each) => each !== undefined && each !== thing) as Thing[];
}

type Related = (thing: Thing, scene: Scene, run: Run) => string[];

const KINDS: Readonly<Record<string, Related>> = {
  Zone: ofZone,
  Node: ofNode,
  Pod: ofPod,
  Instance: ofPod,
  PersistentVolume: ofVolume,
  Client: (thing, scene) => [
    ...scene.wires.filter((wire) => wire.client === thing.key).map((wire) => wire.thing),
    ...targetsOf(thing),
  ],
  Sessions: ({ facts }) => [String(facts.client), String(facts.pod)],
  Service: (thing, scene, run) => [
    ...podsIn(scene, (pod) => pod.serves.includes(thing.name)),
    ...run.things.filter((each) => targetsOf(each).includes(thing.key)).map((each) => each.key),
  ],
  System: (thing, scene) => {
    const primaries = scene.systems.find((system) => system.thing === thing)?.primaries ?? [];
    return podsIn(scene, (pod) => primaries.includes(pod.thing.name));
  },
};

/** A StatefulSet, a Deployment, or whatever else pods say that they are of. */
const ofWorkload = (thing: Thing, scene: Scene): string[] => podsIn(scene, (pod) => pod.workload === thing.key);

/** Its nodes, each with what runs there, and its volumes. */
function ofZone(zone: Thing, scene: Scene, run: Run): string[] {
  const nodes = scene.nodes.filter((node) => node.thing.parent === zone.key);
  return [
    ...nodes.flatMap((node) => [node.thing.key, ...podsIn(scene, (pod) => pod.node === node.thing.name)]),
    ...run.things
      .filter((each) => each.kind === "PersistentVolume" && each.parent === zone.key)
      .map((each) => each.key),
  ];
}

function ofNode(node: Thing, scene: Scene): string[] {
  const here = ({ nodes, waiting }: VolumeNow): boolean => [...nodes, ...waiting].includes(node.name);
  return [
    ...podsIn(scene, (pod) => pod.node === node.name),
    ...scene.volumes.filter(here).map((volume) => volume.thing.key),
    node.parent ?? "",
  ];
}

function ofPod(thing: Thing, scene: Scene): string[] {
  const pod = scene.pods.find((each) => each.thing === thing);
  if (!pod) return [];
  return [
    ...scene.wires.filter((wire) => wire.pod === thing.key).map((wire) => wire.thing),
    `Node/${pod.node}`,
    ...pod.volumes.map((name) => `PersistentVolume/${name}`),
    ...pod.serves.map((name) => `Service/${name}`),
    pod.workload,
    ...scene.systems.filter(({ primaries }) => primaries.includes(thing.name)).map((system) => system.thing.key),
  ];
}

function ofVolume(volume: Thing, scene: Scene): string[] {
  const now = scene.volumes.find((each) => each.thing === volume);
  return [
    ...podsIn(scene, (pod) => pod.volumes.includes(volume.name)),
    ...[...(now?.nodes ?? []), ...(now?.waiting ?? [])].map((name) => `Node/${name}`),
    volume.parent ?? "",
  ];
}

function podsIn(scene: Scene, which: (pod: PodNow) => boolean): string[] {
  return scene.pods.filter(which).map((pod) => pod.thing.key);
}

/** Return what a client connects to. */
function targetsOf(thing: Thing): string[] {
  if (thing.kind !== "Client") return [];
  return [thing.facts.target, thing.facts.read_target]
    .flat()
    .filter((each) => each !== undefined)
    .map(String);
}
