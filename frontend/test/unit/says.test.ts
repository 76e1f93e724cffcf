import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { width } from "../../src/look/measure";
import { inOneLine, linesOf } from "../../src/view/says";

const states = fc.constantFrom("Ready", "not Ready", "Terminating", "CrashLoopBackOff", "waits for volume", "就绪");
const services = fc.constantFrom("pg", "auth", "galera", "pg-primary-of-the-shop");

describe("what Kubernetes says, and the Service that lists the pod", () => {
  it("both stay in one line of any room that a pod has, and neither lies on the other", () => {
    fc.assert(
      fc.property(states, services, fc.integer({ min: 84, max: 320 }), (state, service, room) => {
        const { says, serves } = inOneLine(`K8s: ${state}`, `→ ${service}`, room, 12);
        const bare = says.replace("K8s: ", "").replace("…", "");
        expect(bare).not.toBe("");
        expect(state.startsWith(bare)).toBe(true);
        expect(serves.startsWith("→")).toBe(true);
        expect(width(says, 12, 600) + width(serves, 12, 600)).toBeLessThanOrEqual(room);
      }),
      { seed: 8 },
    );
  });

  it("nothing is shortened where both fit, or where one stands alone", () => {
    expect(inOneLine("K8s: Ready", "→ pg", 200, 12)).toEqual({ says: "K8s: Ready", serves: "→ pg" });
    expect(inOneLine("K8s: Ready", "", 80, 12)).toEqual({ says: "K8s: Ready", serves: "" });
  });

  it("what is said comes before who says it", () => {
    const words = width("Terminating", 12, 600);
    expect(inOneLine("K8s: Terminating", "", words + 1, 12).says).toBe("Terminating");
    expect(inOneLine("K8s: Terminating", "", words - 1, 12).says).toMatch(/^Term.*…$/);
  });

  it("take two lines where a card is tall and one line would cut them short", () => {
    const facts = { says: "K8s: Ready", serves: "→ galera" };
    expect(linesOf(facts, 300)).toBe(1);
    expect(linesOf(facts, 100)).toBe(2);
    expect(linesOf({ ...facts, serves: "" }, 100)).toBe(1);
  });
});
