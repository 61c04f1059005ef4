// The page of test_forms_browser.py: opens forms in form-js-viewer and says what it would send and what it complains of.
import { Form } from '@bpmn-io/form-js-viewer';

const frame = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 0)));

function translation(texts) {
  return (template, values = {}) =>
    (texts[template] ?? template).replace(/{([^}]+)}/g, (_, name) => String(values[name] ?? `{${name}}`));
}

const place = path => path.reduce((text, part) => (typeof part === 'number' ? `${text}[${part}]` : text ? `${text}.${part}` : part), '');

// The fields correct what they were given (options, dates) in effects after they are drawn, and then once more.
async function settle(form) {
  let before = null;
  for (let quiet = 0, frames = 0; quiet < 4 && frames < 60; frames++) {
    await frame();
    const now = JSON.stringify(form._getState().data);
    quiet = now === before ? quiet + 1 : 0;
    before = now;
  }
}

async function one([schema, data], texts) {
  const container = document.body.appendChild(document.createElement('div'));
  const form = new Form({
    container,
    debounce: false,
    additionalModules: [{ translate: ['value', translation(texts)] }],
  });
  try {
    await form.importSchema(schema, data);
    await settle(form);
    const result = form.submit();
    const errors = {};
    for (const { id, indexes, valuePath } of form.get('formFieldInstanceRegistry').getAllKeyed()) {
      const messages = [id, ...Object.values(indexes || {})].reduce((found, part) => found?.[part], result.errors);
      if (messages) errors[place(valuePath)] = messages.join(' ');
    }
    return { data: JSON.parse(JSON.stringify(result.data)), errors };
  } catch (error) {
    return { thrown: String(error) };
  } finally {
    form.destroy();
    container.remove();
  }
}

window.fill = (cases, texts) => Promise.all(cases.map(each => one(each, texts)));
