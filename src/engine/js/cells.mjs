/*
 * What the cell of a decision table compares its input with, read from the parse tree. Used to find the points at
 * which a table's rows change, and so its gaps and overlaps, without running every case.
 */

/** Nodes that only put tests together; their parts are looked at one by one. */
const FRAMES = new Set([
  'UnaryTests',
  'PositiveUnaryTests',
  'PositiveUnaryTest',
  'SimplePositiveUnaryTest',
  'Interval',
  'Comparison',
  'Conjunction',
  'Disjunction',
  'ParenthesizedExpression',
]);
/** Nodes that say something which does not depend on more than the input and literals. */
const SIGNS = new Set(['CompareOp', 'in', 'between', 'and', 'or', 'not', 'Wildcard', '?', '(', ')', '[', ']']);
const LITERALS = new Set(['NumericLiteral', 'StringLiteral', 'BooleanLiteral', 'DateTimeLiteral', 'null']);

/**
 * @returns {{ plain: boolean, operands: string[] }} `operands` are FEEL texts; `plain` is false when the tests hold
 *   anything else than comparisons of the input with literals
 */
export function compared(tree, text) {
  const found = { plain: true, operands: [] };
  visit(tree.topNode, text, found);
  return found;
}

function visit(node, text, found) {
  if (FRAMES.has(node.name)) {
    for (let child = node.firstChild; child; child = child.nextSibling) visit(child, text, found);
  } else if (isLiteral(node)) {
    found.operands.push(text.slice(node.from, node.to));
  } else if (!SIGNS.has(node.name.replace(/"/g, '')) && !node.type.isSkipped) {
    found.plain = false;
  }
}

/** A literal, `date("...")` of one, or a number with a sign. */
function isLiteral(node) {
  if (node.name === 'ArithmeticExpression') {
    return node.firstChild.name === 'ArithOp' && node.lastChild.name === 'NumericLiteral';
  }
  if (!LITERALS.has(node.name)) return false;
  return node.name !== 'DateTimeLiteral' || isConstant(node);
}

/** Only texts and numbers are handed to the constructor. */
function isConstant(node) {
  const allowed = ['DateTimeLiteral', 'DateTimeConstructor', 'PositionalParameters', 'StringLiteral', 'NumericLiteral'];
  const tokens = ['AtLiteral', 'ArithOp', '(', ')', 'date', 'and', 'time', 'duration'];
  let constant = true;
  node.cursor().iterate(({ name }) => {
    if (![...allowed, ...tokens].includes(name.replace(/"/g, ''))) constant = false;
  });
  return constant;
}
