// Draws a diagram with bpmn.io's viewer and measures what a reader would stumble over.
/* global BpmnJS */
const NARROW = 2; // a touch is not an overlap
const FAR = 45;
const HEAD = 26; // where a lane has its name
const CORNER = { x: 0, y: 0, width: 24, height: 22 }; // where a task has the symbol of its kind
let viewer;

async function draw(xml) {
  viewer?.destroy();
  viewer = new BpmnJS({ container: '#canvas' });
  try {
    const { warnings } = await viewer.importXML(xml);
    return { error: null, warnings: warnings.map(one => one.message) };
  } catch (error) {
    return { error: error.message, warnings: [] };
  }
}

async function picture() {
  return (await viewer.saveSVG()).svg;
}

function faults() {
  const all = viewer.get('elementRegistry').filter(one => one.id !== '__implicitroot' && one.parent);
  const labels = all.filter(one => one.labelTarget).map(one => ({ id: one.labelTarget.id, element: one, box: drawn(one) }));
  const nodes = all.filter(one => !one.waypoints && !one.labelTarget && !holds(one));
  const flows = all.filter(one => one.waypoints && one.type === 'bpmn:SequenceFlow');
  const titles = all.filter(one => one.type === 'bpmn:SubProcess' && one.businessObject.name).map(one => ({ id: one.id, box: drawn(one) }));
  return [
    ...[...labels, ...titles].flatMap(label => crowded(label, labels, nodes)),
    ...[...labels, ...titles].flatMap(label => crossed(label, flows)),
    ...piled(nodes),
    ...cut(nodes),
    ...struck(flows, nodes),
    ...backwards(flows),
    ...unnamed(all),
    ...outside(all, labels, nodes, flows),
    ...strayed(labels),
    ...slanted(flows),
    ...broken(all),
  ];
}

function holds(one) {
  return ['bpmn:Participant', 'bpmn:Lane', 'bpmn:SubProcess', 'bpmn:Group', 'bpmn:TextAnnotation'].includes(one.type);
}

/** The box of the text itself, in the drawing's own measure. */
function drawn(label) {
  const text = viewer.get('elementRegistry').getGraphics(label).querySelector('text');
  const box = text ? text.getBBox() : { x: 0, y: 0, width: label.width, height: label.height };
  return { x: label.x + box.x, y: label.y + box.y, width: box.width, height: box.height };
}

function overlap(a, b) {
  const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return wide > NARROW && high > NARROW;
}

function crowded(label, labels, nodes) {
  const others = labels.filter(one => one.id < label.id && overlap(label.box, one.box)).map(one => `the text of ${one.id}`);
  const under = nodes.filter(one => overlap(label.box, one)).map(one => one.id);
  return [...others, ...under].map(what => `the text of ${label.id} lies over ${what}`);
}

function crossed(label, flows) {
  const inner = { x: label.box.x + NARROW, y: label.box.y + NARROW, width: label.box.width - 2 * NARROW, height: label.box.height - 2 * NARROW };
  return flows
    .filter(flow => pieces(flow).some(([from, to]) => meets(inner, from, to)))
    .map(flow => `the arrow ${flow.id} goes through the text of ${label.id}`);
}

function pieces(flow) {
  return flow.waypoints.slice(1).map((to, at) => [flow.waypoints[at], to]);
}

/** Whether a straight piece goes through a box: its part inside is longer than nothing. */
function meets(box, from, to) {
  let start = 0;
  let end = 1;
  for (const [begin, length, low, high] of [
    [from.x, to.x - from.x, box.x, box.x + box.width],
    [from.y, to.y - from.y, box.y, box.y + box.height],
  ]) {
    if (length === 0) {
      if (begin < low || begin > high) return false;
      continue;
    }
    const [near, far] = [(low - begin) / length, (high - begin) / length].sort((a, b) => a - b);
    start = Math.max(start, near);
    end = Math.min(end, far);
  }
  return start < end;
}

function piled(nodes) {
  return nodes.flatMap((one, at) =>
    nodes
      .slice(0, at)
      .filter(other => overlap(one, other) && one.host !== other && other.host !== one)
      .map(other => `${one.id} lies over ${other.id}`),
  );
}

/** A name that does not fit in its box is cut off or runs out of it. */
function cut(nodes) {
  const registry = viewer.get('elementRegistry');
  return nodes
    .filter(one => one.width >= 60)
    .filter(one => {
      const text = registry.getGraphics(one).querySelector('text');
      if (!text) return false;
      const box = text.getBBox();
      return box.height > one.height + NARROW || box.width > one.width + NARROW;
    })
    .map(one => `the name of ${one.id} does not fit in it`);
}

function struck(flows, nodes) {
  return flows.flatMap(flow =>
    nodes
      .filter(one => one !== flow.source && one !== flow.target && one.host !== flow.source && one.host !== flow.target)
      .filter(one => {
        const inner = { x: one.x + NARROW, y: one.y + NARROW, width: one.width - 2 * NARROW, height: one.height - 2 * NARROW };
        return pieces(flow).some(([from, to]) => meets(inner, from, to));
      })
      .map(one => `the arrow ${flow.id} goes through ${one.id}`),
  );
}

/** Arrows that go back though they close no loop: a procedure is read from left to right. */
function backwards(flows) {
  const after = Map.groupBy(flows, flow => flow.source.host ?? flow.source);
  const leads = (from, to, seen = new Set()) => {
    if (from === to) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    const inside = (after.get(from) ?? []).map(flow => flow.target);
    return inside.some(next => leads(next, to, seen));
  };
  const middle = one => one.x + one.width / 2;
  return flows
    .filter(flow => middle(flow.target) < middle(flow.source) - NARROW)
    .filter(flow => !leads(flow.target, flow.source.host ?? flow.source))
    .map(flow => `the arrow ${flow.id} goes from right to left`);
}

function unnamed(all) {
  return all
    .filter(one => one.type === 'bpmn:Lane' && !one.businessObject.name?.trim())
    .map(one => `the lane ${one.id} has no name`);
}

/** What sticks out of its pool, or of the lane of who does it. */
function outside(all, labels, nodes, flows) {
  const pool = all.find(one => one.type === 'bpmn:Participant');
  if (!pool) return [];
  const turns = flow => flow.waypoints.map(({ x, y }) => ({ x, y, width: 0, height: 0 }));
  const lanes = all.filter(one => one.type === 'bpmn:Lane');
  const laneOf = one => lanes.find(lane => (lane.businessObject.flowNodeRef ?? []).includes(one.businessObject));
  const parts = all.filter(one => one.type === 'bpmn:SubProcess');
  return [
    ...labels.filter(label => !within(label.box, pool)).map(label => `the text of ${label.id} is not in the pool`),
    ...[...nodes, ...parts].filter(one => !within(one, pool)).map(one => `${one.id} is not in the pool`),
    ...flows.filter(flow => turns(flow).some(turn => !within(turn, pool))).map(flow => `the arrow ${flow.id} is not in the pool`),
    ...nodes
      .filter(one => one.parent === pool && !one.host && laneOf(one) && !within(one, laneOf(one)))
      .map(one => `${one.id} is not in its lane`),
    ...labels.filter(label => lanes.some(lane => astride(label.box, lane))).map(label => `the text of ${label.id} lies over the edge of a lane`),
  ];
}

/** Whether a text lies over the lower edge of a lane, or over the lane's name. */
function astride(box, lane) {
  const edge = { x: lane.x, y: lane.y + lane.height - NARROW, width: lane.width, height: 2 * NARROW };
  const name = { x: lane.x, y: lane.y, width: HEAD, height: lane.height };
  return overlap({ ...box, y: box.y - NARROW, height: box.height + NARROW }, edge) || overlap(box, name);
}

function within(box, outer) {
  return (
    box.x >= outer.x - NARROW &&
    box.y >= outer.y - NARROW &&
    box.x + box.width <= outer.x + outer.width + NARROW &&
    box.y + box.height <= outer.y + outer.height + NARROW
  );
}

/** Texts so far from what they are the name of that nobody sees it. */
function strayed(labels) {
  const near = ({ box, element }) => {
    const about = { x: box.x - FAR, y: box.y - FAR, width: box.width + 2 * FAR, height: box.height + 2 * FAR };
    const target = element.labelTarget;
    return target.waypoints ? pieces(target).some(([from, to]) => meets(about, from, to)) : overlap(about, target);
  };
  return labels.filter(label => !near(label)).map(label => `the text of ${label.id} is far from it`);
}

function slanted(flows) {
  const is = (from, to) => Math.abs(from.x - to.x) > NARROW && Math.abs(from.y - to.y) > NARROW;
  return flows.filter(flow => pieces(flow).some(([from, to]) => is(from, to))).map(flow => `the arrow ${flow.id} slants`);
}

/** Names in which a word is torn apart, or that run into the symbol in the corner. */
function broken(all) {
  const registry = viewer.get('elementRegistry');
  return all
    .filter(one => !one.waypoints && one.type !== 'bpmn:Participant' && one.type !== 'bpmn:Lane')
    .flatMap(one => {
      const text = registry.getGraphics(one).querySelector('text');
      const name = one.businessObject.name;
      if (!text || !name) return [];
      const lines = [...text.querySelectorAll('tspan')];
      const told = [];
      const read = lines.map(line => line.textContent).join(' ').replaceAll('- ', '-');
      if (read.replace(/\s+/g, ' ').trim() !== name.replaceAll('- ', '-').replace(/\s+/g, ' ').trim()) told.push(`a word in the name of ${one.id} is torn apart`);
      if (/Task$/.test(one.type) && one.type !== 'bpmn:Task' && overlap(symbol(lines[0]), CORNER)) told.push(`the name of ${one.id} runs into its symbol`);
      return told;
    });
}

function symbol(line) {
  const box = line.getExtentOfChar(0);
  return { x: box.x, y: box.y, width: line.getComputedTextLength(), height: box.height };
}
