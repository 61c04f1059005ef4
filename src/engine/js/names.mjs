/*
 * What names an expression mentions: which it reads from its context, which functions it calls. From the parse
 * tree alone, so that nothing has to run.
 */

/**
 * @typedef {object} Mentions
 * @property {Map<string, Set<string>|null>} reads  every name that may be looked up in the context, with the
 *   properties of it that are used, or null when the whole value is
 * @property {Set<string>} certain  those of `reads` that cannot be anything else; a name inside a filter may be a
 *   property of the list's items instead
 * @property {Map<string, number|null>} calls  functions called by name that are not defined in the expression, with
 *   the fewest positional arguments seen, or null for named ones
 * @property {Map<number, string>} places  where in the text a name stands before its parenthesis
 */

/** What a rule of ours is called in the text that FEEL gets to see. */
export const PREFIX = '__';

/**
 * The expression with `__` before each name that calls one of `rules`. So a name followed by a parenthesis is always
 * the rule and elsewhere always the field: `dato(dato)` may be written. `mentioned` is what `mentions` found.
 */
export function marked(text, mentioned, rules) {
  let result = text;
  for (const [place, name] of [...mentioned.places].sort(([a], [b]) => b - a)) {
    if (Object.hasOwn(rules, name)) result = result.slice(0, place) + PREFIX + result.slice(place);
  }
  return result;
}

/**
 * @param {import('@lezer/common').Tree} tree
 * @param {string} text the expression that was parsed
 * @param {object} rules the functions that are ours, by name
 * @returns {Mentions}
 */
export function mentions(tree, text, rules) {
  const found = { reads: new Map(), certain: new Set(), calls: new Map(), places: new Map() };
  visit(tree.topNode, new Scope(), { found, text, rules });
  return found;
}

/** The names bound around a place in the expression; `open` inside a filter, where items bring names of their own. */
class Scope {
  constructor(names = new Set(), open = false) {
    this.names = names;
    this.open = open;
  }

  with(...names) {
    return new Scope(new Set([...this.names, ...names]), this.open);
  }

  opened() {
    return new Scope(new Set([...this.names, 'item']), true);
  }
}

function visit(node, scope, run) {
  switch (node.name) {
    case 'VariableName':
      read(nameOf(node, run), null, scope, run);
      return;
    case 'PathExpression':
      visitPath(node, scope, run);
      return;
    case 'FunctionInvocation':
      visitCall(node, scope, run);
      return;
    case 'FilterExpression':
      visitFilter(node, scope, run);
      return;
    case 'ForExpression':
    case 'QuantifiedExpression':
      visitLoop(node, scope, run);
      return;
    case 'FunctionDefinition':
      visitFunction(node, scope, run);
      return;
    case 'Context':
      visitContext(node, scope, run);
      return;
    case 'Name':
    case 'ParameterName':
    case 'Key':
    case 'Type':
    case 'DateTimeConstructor':
    case 'SpecialFunctionName':
      return;
    default:
      for (const child of children(node)) visit(child, scope, run);
  }
}

function visitPath(node, scope, run) {
  const [target, property] = children(node);
  if (target.name === 'VariableName') {
    read(nameOf(target, run), nameOf(property, run), scope, run);
  } else {
    visit(target, scope, run);
  }
}

function visitCall(node, scope, run) {
  const [target, ...rest] = children(node);
  if (target.name === 'VariableName') {
    const name = nameOf(target, run);
    run.found.places.set(target.from, name);
    if (!scope.names.has(name) || Object.hasOwn(run.rules, name)) call(name, argumentsOf(node), run);
  } else {
    visit(target, scope, run);
  }
  for (const child of rest) visit(child, scope, run);
}

function visitFilter(node, scope, run) {
  const [target, ...rest] = children(node);
  visit(target, scope, run);
  for (const child of rest) visit(child, scope.opened(), run);
}

function visitLoop(node, scope, run) {
  for (const part of children(node)) {
    if (part.name === 'InExpressions') {
      for (const iteration of children(part)) {
        for (const child of children(iteration)) visit(child, scope, run);
        const bound = iteration.getChild('Name');
        if (bound) scope = scope.with(nameOf(bound, run));
      }
      if (node.name === 'ForExpression') scope = scope.with('partial');
    } else {
      visit(part, scope, run);
    }
  }
}

function visitFunction(node, scope, run) {
  const names = [];
  for (const list of node.getChildren('FormalParameters')) {
    for (const parameter of list.getChildren('FormalParameter')) {
      const name = parameter.getChild('ParameterName');
      if (name) names.push(nameOf(name, run));
    }
  }
  const body = node.getChild('FunctionBody');
  if (body) visit(body, scope.with(...names), run);
}

function visitContext(node, scope, run) {
  for (const entry of node.getChildren('ContextEntry')) {
    for (const part of children(entry)) visit(part, scope, run);
    const key = entry.getChild('Key');
    if (key) scope = scope.with(nameOf(key, run).replace(/^"|"$/g, ''));
  }
}

function read(name, property, scope, { found }) {
  if (scope.names.has(name)) return;
  const known = found.reads.get(name);
  if (property === null) found.reads.set(name, null);
  else if (known === undefined) found.reads.set(name, new Set([property]));
  else if (known !== null) known.add(property);
  if (!scope.open) found.certain.add(name);
}

function call(name, given, { found }) {
  const known = found.calls.get(name);
  found.calls.set(name, known === undefined || given === null ? given : Math.min(known ?? given, given));
}

/** How many positional arguments a call has; null when they are named. */
function argumentsOf(node) {
  const positional = node.getChild('PositionalParameters');
  if (positional) return children(positional).length;
  return node.getChild('NamedParameters') ? null : 0;
}

function nameOf(node, { text }) {
  return text.slice(node.from, node.to).replace(/`/g, '').replace(/\s+/g, ' ');
}

function children(node) {
  const list = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (!child.type.isSkipped) list.push(child);
  }
  return list;
}
