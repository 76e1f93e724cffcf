// Plays a replay document. Built from frontend/; this much of it tells what happened.
const packed = document.getElementById("statesim-replay");
if (packed) {
  const bytes = Uint8Array.from(atob(packed.textContent.trim()), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const replay = await new Response(stream).json();
  const stage = document.getElementById("statesim-stage");
  for (const variant of replay.variants) {
    const list = document.createElement("ol");
    let t = 0;
    variant.events.t_us.forEach((delta, id) => {
      t += delta;
      if (variant.events.level[id] < 2) return;
      const row = document.createElement("li");
      row.textContent = `${(t / 1e6).toFixed(3)} s  ${variant.strings[variant.events.text[id]]}`;
      list.append(row);
    });
    const heading = document.createElement("h2");
    heading.textContent = `${variant.title}: ${variant.headline}`;
    stage.append(heading, list);
  }
}
