/** One animation frame for everybody who draws levels. */
const drawers = new Set<() => void>();
let frame = 0;

function run(): void {
  for (const draw of drawers) draw();
  frame = requestAnimationFrame(run);
}

export function onFrame(draw: () => void): () => void {
  drawers.add(draw);
  if (drawers.size === 1) frame = requestAnimationFrame(run);
  return () => {
    drawers.delete(draw);
    if (drawers.size === 0) cancelAnimationFrame(frame);
  };
}
