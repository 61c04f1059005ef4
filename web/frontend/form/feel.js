// FEEL in the browser as the server has it: the same calendar functions, the service's clock, Copenhagen's zone.
import { FeelExpressionLanguage } from '@bpmn-io/form-js-viewer';
import { CopenhagenZone, calendar, clock, installZone } from '../../../src/engine/js/calendar.mjs';

/**
 * The form-js module with the calendar functions.
 *
 * @param {{ closing: number[], transitions: [number, number][] }|null} data
 * @param {number} opened the service's clock in milliseconds when the page was made; it may stand on another day
 */
export function feelModule(data, opened) {
  const names = data ? known(data, opened) : () => ({});

  class DanishFeel extends FeelExpressionLanguage {
    evaluate(expression, context = {}) {
      return super.evaluate(expression, { ...context, ...names() });
    }

    evaluateUnaryTest(expression, context = {}) {
      return super.evaluateUnaryTest(expression, { ...context, ...names() });
    }
  }
  DanishFeel.$inject = ['eventBus'];
  return { expressionLanguage: ['type', DanishFeel] };
}

function known(data, opened) {
  const zone = new CopenhagenZone(data.transitions);
  installZone(zone);
  const functions = calendar({ closing: data.closing, zone, report: () => {} });
  const loaded = performance.now();
  return () => {
    const { nu, i_dag, now, today } = clock(opened + performance.now() - loaded, zone);
    return { ...functions, nu, i_dag, now, today };
  };
}
