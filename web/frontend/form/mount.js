// Shows one form and connects its parts: language, calendar functions, rules, drafts, sending.
import { Form } from '@bpmn-io/form-js-viewer';
import { danishCalendar } from './calendar.js';
import { feelModule } from './feel.js';
import { fieldsModule } from './fields.js';
import { translateModule } from './translate.js';
import { Rules } from './rules.js';
import { Problems } from './problems.js';
import { Draft } from './draft.js';
import { sendOnClick } from './submit.js';

const json = (place, name) => JSON.parse(place.querySelector(`[data-form-${name}]`)?.textContent ?? '{}');

export async function mount(place) {
  const schema = json(place, 'schema');
  const context = json(place, 'context');
  const calendar = await fetchCalendar(place.dataset.calendar);
  const opened = Number(place.dataset.now);
  danishCalendar(opened);
  const feel = feelModule(calendar, opened);
  const form = new Form({
    container: place.querySelector('.form-here'),
    debounce: false, // a field that is drawn anew before it has told what was typed would lose it
    additionalModules: [translateModule, fieldsModule, feel],
  });
  try {
    showAllRows(schema);
    await form.importSchema(schema, { ...context, ...json(place, 'values') });
  } catch (error) {
    place.querySelector('.form-loading').textContent = 'Formularen kunne ikke vises. Giv systemforvalteren besked.';
    throw error;
  }
  place.querySelector('.form-loading').remove();
  place.dataset.ready = '';

  const rules = new Rules(form, schema.regler ?? [], context);
  const problems = new Problems(place, form, rules);
  const draft = place.dataset.draft ? new Draft(place, form) : null;
  const fromServer = json(place, 'errors');
  if (Object.keys(fromServer).length > 0) problems.show(fromServer);
  sendOnClick(place, form, problems, draft);
}

/** No row of a list is folded away: who sends the form answers for all of them, also those filled in beforehand. */
function showAllRows(field) {
  if (field.type === 'dynamiclist') field.disableCollapse = true;
  field.components?.forEach(showAllRows);
}

/** The closing days and the zone's transitions; without them the calendar functions are unknown to the form. */
async function fetchCalendar(address) {
  if (!address) return null;
  const response = await fetch(address, { headers: { Accept: 'application/json' } });
  return response.ok ? response.json() : null;
}
