/** Unpacks a document: base64 of raw deflate of JSON, as it lies in the page; or bytes, as a notebook hands them over. */

import type { ReplayDocument } from "./types";

export const FORMAT = "statesim-replay/2";

/** Return the bytes that base64 letters stand for. */
export function fromBase64(letters: string): Uint8Array<ArrayBuffer> {
  const binary = atob(letters.trim());
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i += 1) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** Inflate and parse. Fails with a sentence that a person can act on. */
export async function inflate(bytes: Uint8Array<ArrayBuffer>): Promise<ReplayDocument> {
  if (typeof DecompressionStream === "undefined") {
    throw new Error(
      "This browser cannot unpack the replay: use Chrome or Edge 103, Firefox 113, Safari 16.4, or later.",
    );
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return checked(JSON.parse(await new Response(stream).text()));
}

/** Return the document if it is one that this page can play. */
export function checked(document: unknown): ReplayDocument {
  const found = document as ReplayDocument;
  if (found?.format !== FORMAT) {
    throw new Error(
      `This page plays "${FORMAT}", and the document says "${found?.format}": write it again with statesim replay.`,
    );
  }
  if (!found.variants?.length) throw new Error("The replay has no variant to play.");
  return found;
}
