// Draws a diagram that nobody may change here, with how far each step has come and the badges of its limits.
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer';

const STEP = 1.25;
const MOVE = 60;
const SMALLEST = 0.2;
const LARGEST = 3;
/** Below this the texts are too small to read. */
const READABLE = 0.6;
/** Around the drawing, in its own measure. */
const EDGE = 20;
/** Badges of one element stand beside each other below it, in this order. */
const KINDS = ['frist', 'paamindelse', 'eskalering'];

export async function show(place) {
  const canvas = place.querySelector('.diagram-canvas');
  const state = JSON.parse(document.getElementById(place.dataset.diagramState)?.textContent ?? '{}');
  const viewer = new NavigatedViewer({ container: canvas });
  try {
    const response = await fetch(place.dataset.diagram);
    if (!response.ok) throw new Error(`the diagram answered ${response.status}`);
    await viewer.importXML(await response.text());
  } catch (error) {
    place.querySelector('.diagram-failed').hidden = false;
    canvas.hidden = true;
    throw error;
  }
  mark(viewer, state.marks ?? {});
  badge(viewer, state.badges ?? []);
  begin(viewer, state.marks ?? {});
  tools(place, viewer);
  keys(canvas, viewer);
  place.dataset.ready = '';
}

function mark(viewer, marks) {
  const registry = viewer.get('elementRegistry');
  for (const [id, state] of Object.entries(marks)) {
    if (registry.get(id)) viewer.get('canvas').addMarker(id, `mark-${state}`);
  }
}

function badge(viewer, badges) {
  const registry = viewer.get('elementRegistry');
  const byElement = Map.groupBy(badges, one => one.element);
  for (const [id, all] of byElement) {
    if (!registry.get(id)) continue;
    const box = document.createElement('div');
    box.className = 'diagram-badges';
    box.style.width = `${registry.get(id).width}px`;
    for (const one of all.toSorted((a, b) => KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind))) {
      const label = document.createElement('span');
      label.className = `diagram-badge diagram-badge-${one.kind}`;
      label.textContent = one.text;
      box.append(label);
    }
    viewer.get('overlays').add(id, 'sagsgang', { position: { bottom: 4, left: 0 }, html: box });
  }
}

/** The whole drawing where its texts can be read then; else as large as they can, at the step in hand or the start. */
function begin(viewer, marks) {
  fit(viewer);
  const canvas = viewer.get('canvas');
  if (canvas.zoom() >= READABLE) return;
  const { inner, outer } = canvas.viewbox();
  const width = outer.width / READABLE;
  const height = outer.height / READABLE;
  const [here] = Object.entries(marks).find(([, state]) => state === 'late' || state === 'current') ?? [];
  const registry = viewer.get('elementRegistry');
  const starts = registry.filter((one) => one.type === 'bpmn:StartEvent').toSorted((a, b) => a.x - b.x);
  const element = (here && registry.get(here)) ?? starts[0];
  const left = here && element ? element.x + element.width / 2 - width / 2 : inner.x - EDGE;
  const middle = element ? element.y + element.height / 2 : inner.y + inner.height / 2;
  const farthest = inner.x + inner.width + EDGE - width;
  const top = inner.height + 2 * EDGE > height ? Math.max(inner.y - EDGE, middle - height / 2) : inner.y - (height - inner.height) / 2;
  canvas.viewbox({ x: Math.max(inner.x - EDGE, Math.min(left, farthest)), y: top, width, height });
}

/** The whole drawing, but never larger than it was drawn. */
function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
}

function zoom(viewer, factor) {
  const canvas = viewer.get('canvas');
  canvas.zoom(Math.min(LARGEST, Math.max(SMALLEST, canvas.zoom() * factor)), 'auto');
}

function tools(place, viewer) {
  const actions = { in: () => zoom(viewer, STEP), out: () => zoom(viewer, 1 / STEP), fit: () => fit(viewer) };
  for (const button of place.querySelectorAll('[data-diagram-zoom]')) {
    button.addEventListener('click', actions[button.dataset.diagramZoom]);
  }
}

function keys(canvas, viewer) {
  const moves = { ArrowLeft: [MOVE, 0], ArrowRight: [-MOVE, 0], ArrowUp: [0, MOVE], ArrowDown: [0, -MOVE] };
  canvas.addEventListener('keydown', event => {
    const move = moves[event.key];
    if (move) viewer.get('canvas').scroll({ dx: move[0], dy: move[1] });
    else if (event.key === '+') zoom(viewer, STEP);
    else if (event.key === '-') zoom(viewer, 1 / STEP);
    else if (event.key === '0') fit(viewer);
    else return;
    event.preventDefault();
  });
}
