// FEEL in the browser as the server has it: the same calendar functions, the service's clock, Copenhagen's zone.
import { FeelExpressionLanguage, FeelersTemplating } from '@bpmn-io/form-js-viewer';
import { feelInForms } from '../../../src/engine/js/in_forms.mjs';

/**
 * The form-js module with the calendar functions.
 *
 * @param {{ closing: number[], transitions: [number, number][] }|null} data
 * @param {number} opened the service's clock in milliseconds when the page was made; it may stand on another day
 */
export function feelModule(data, opened) {
  if (!data) return {};
  const loaded = performance.now();
  const forms = feelInForms(data, () => opened + performance.now() - loaded);

  class DanishFeel extends FeelExpressionLanguage {
    evaluate(expression, context = {}) {
      if (!this.isExpression(expression)) return null;
      return forms.evaluate(expression.slice(1), context, (text, names) => super.evaluate(`=${text}`, names));
    }

    evaluateUnaryTest(expression, context = {}) {
      if (!this.isExpression(expression)) return null;
      const run = (text, names) => super.evaluateUnaryTest(`=${text}`, names);
      return forms.evaluate(expression.slice(1), context, run, 'unary');
    }
  }
  DanishFeel.$inject = ['eventBus'];

  class DanishTexts extends FeelersTemplating {
    evaluate(template, context = {}, options = {}) {
      return forms.evaluateTemplate(context, (names) => super.evaluate(template, names, options));
    }
  }
  DanishTexts.$inject = [];
  return { expressionLanguage: ['type', DanishFeel], templating: ['type', DanishTexts] };
}
