// form-js speaks Danish. A text without a translation is shown as it is and noted, so that a test can find it.
import danish from './form-da.json';

window.untranslated ??= new Set();

function translate(template, replacements = {}) {
  const text = danish[template];
  if (text === undefined) window.untranslated.add(template);
  return (text ?? template).replace(/{([^}]+)}/g, (whole, name) => replacements[name] ?? whole);
}

export const translateModule = { translate: ['value', translate] };
