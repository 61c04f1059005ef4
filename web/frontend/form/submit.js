// Sends the answers, and shows what the server says about them.
import { send } from '../site/token.js';
import { answersOf } from './paths.js';
import { lastList } from '../site/place.js';

const SIGNED_OUT = 'Du er logget ud';
const OF_A_TASK = {
  403: 'Du har ikke adgang længere',
  404: 'Opgaven findes ikke længere',
  409: 'Opgaven er ikke åben længere',
  412: 'En anden har ændret opgaven imens',
};

export function sendOnClick(place, form, problems, draft) {
  const button = place.querySelector('[data-form-submit]');
  button.addEventListener('click', async () => {
    if (button.getAttribute('aria-disabled') === 'true') return;
    await settled(button);
    if (!problems.check()) return;
    button.setAttribute('aria-disabled', 'true');
    draft?.stop();
    await draft?.saving;
    const content = { answers: answersOf(form), rev: Number(place.dataset.rev), ...besides(place) };
    const { status, body } = await send('POST', place.dataset.submit, content);
    if (status === 200) {
      location.assign(body.location ?? lastList());
      return;
    }
    button.removeAttribute('aria-disabled');
    if (![403, 404, 409].includes(status)) draft?.resume();
    if (status === 422) problems.show(body.fields ?? {}, body.message);
    else if (status === 0) problems.say('Ingen forbindelse', 'Det er ikke sendt. Prøv igen, når der er forbindelse.');
    else problems.say(heading(place, status), body.message ?? 'Det er ikke sendt. Prøv igen om lidt.');
  });
}

/** What the page itself calls a refusal (a message, a start, a correction); else it is about the task. */
function heading(place, status) {
  if (status === 401) return SIGNED_OUT;
  if (status === 503) return 'Prøv igen om lidt';
  if (status < 400 || status >= 500) return 'Noget gik galt hos os';
  return place.dataset.refused ?? OF_A_TASK[status] ?? 'Svaret kan ikke sendes, som det er';
}

/** Dates tell form-js what was typed when they lose the focus: make them tell it now. */
async function settled(button) {
  document.activeElement?.blur();
  button.focus();
  await new Promise(resolve => setTimeout(resolve, 50));
}

/** Ordinary fields that stand beside the form, such as the reason for a correction. */
function besides(place) {
  const fields = [...place.querySelectorAll('[name]')].filter(field => !field.closest('.form-here'));
  return Object.fromEntries(fields.map(field => [field.name, field.value]));
}
