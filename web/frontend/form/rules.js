// The rules across fields that a form carries (`regler`): the same FEEL over the same values as on the server, which has
// the last word.
import { answersOf } from './paths.js';

export class Rules {
  /**
   * @param {object} form the form-js form
   * @param {{ felt: string, krav: string, tekst: string }[]} rules
   * @param {object} context what expressions read beside the answers: the case, process data, people
   */
  constructor(form, rules, context) {
    this.form = form;
    this.rules = rules;
    this.context = context;
  }

  /** Every text that a rule may put at the field with this path. */
  textsOf(path) {
    return this.rules.filter(rule => rule.felt === path).map(rule => rule.tekst);
  }

  /**
   * Path of a field to what is wrong: the first rule at it that is not true. A field that is hidden, or that has an
   * error of its own (`taken`), is left alone.
   */
  broken(visible, taken) {
    if (this.rules.length === 0) return {};
    const language = this.form.get('expressionLanguage');
    const answers = answersOf(this.form);
    const names = { ...this.context, ...answers, svar: answers };
    const found = {};
    for (const { felt, krav, tekst } of this.rules) {
      if (!visible.has(felt) || taken.has(felt) || felt in found) continue;
      const expression = krav.trim().startsWith('=') ? krav.trim() : `=${krav}`;
      if (language.evaluate(expression, names) !== true) found[felt] = tekst;
    }
    return found;
  }
}
