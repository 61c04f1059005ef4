// The rules across fields that a form carries (`regler`): the same FEEL that the server evaluates.

export class Rules {
  constructor(form, rules) {
    this.form = form;
    this.rules = rules;
  }

  /** Path of a field to what is wrong, for every rule that does not hold. The server has the last word. */
  broken() {
    const language = this.form.get('expressionLanguage');
    const { data, initialData } = this.form._getState();
    const context = { ...initialData, ...data, svar: this.form._getSubmitData() };
    const found = {};
    for (const { felt, krav, tekst } of this.rules) {
      const expression = krav.trim().startsWith('=') ? krav.trim() : `=${krav}`;
      if (language.evaluate(expression, context) === false) found[felt] ??= tekst;
    }
    return found;
  }
}
