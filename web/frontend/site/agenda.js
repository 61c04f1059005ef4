// The agenda of a meeting: each form in it is sent by itself and the agenda alone comes back, so that focus and
// place in the page are kept. Items are moved with buttons, with the arrow keys on a handle, or by dragging.
import { token } from './token.js';

export function agenda() {
  if (!document.querySelector('[data-agenda]')) return;
  document.addEventListener('submit', event => {
    const form = event.target.closest('[data-agenda-form]');
    if (!form) return;
    event.preventDefault();
    const row = form.closest('[data-item]');
    change(form.action, new FormData(form, event.submitter), row?.dataset.item, event.submitter?.dataset.step);
  });
  document.addEventListener('keydown', event => {
    const handle = event.target.closest('[data-handle]');
    if (!handle || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
    event.preventDefault();
    const way = event.key === 'ArrowUp' ? 'op' : 'ned';
    const step = handle.closest('[data-item]').querySelector(`[data-step="${way}"]`);
    if (!step.disabled) change(step.form.action, new FormData(step.form, step), rowOf(handle).dataset.item, 'haandtag');
  });
  drag();
}

const rowOf = element => element.closest('[data-item]');

/** Send a change; what the server answers, also a refusal, is the agenda as it is now. */
let busy = false;
async function change(url, content, item, focus) {
  if (busy) return;
  busy = true;
  const place = document.querySelector('[data-agenda]');
  place.setAttribute('aria-busy', 'true');
  try {
    const answer = await fetch(url, {
      method: 'POST', body: content, headers: { 'X-Del': 'dagsorden', 'X-Formular': token() },
    });
    const text = await answer.text();
    const page = new DOMParser().parseFromString(text, 'text/html');
    const fresh = page.querySelector('[data-agenda]');
    if (!fresh) return location.reload();
    const open = [...place.querySelectorAll('.item details[open]')].map(one => rowOf(one).id);
    place.replaceWith(document.adoptNode(fresh));
    for (const id of open) document.getElementById(id)?.querySelector('details')?.setAttribute('open', '');
    if (answer.ok) refocus(fresh, item, focus);
    else refused(fresh, item);
    say(fresh, item, answer.ok);
  } catch {
    location.reload();
  } finally {
    busy = false;
    document.querySelector('[data-agenda]')?.removeAttribute('aria-busy');
  }
}

function refocus(fresh, item, focus) {
  const row = item && fresh.querySelector(`[data-item="${CSS.escape(item)}"]`);
  const wanted = row && (focus === 'op' || focus === 'ned') && row.querySelector(`[data-step="${focus}"]:not(:disabled)`);
  const target = wanted || row?.querySelector('[data-handle]') || fresh.querySelector('[role="alert"]') || fresh;
  if (!target.matches('a, button')) target.tabIndex = -1;
  target.focus();
}

/** What stood in the way is told where it was tried: in the item, when it is still on the agenda. */
function refused(fresh, item) {
  const told = fresh.querySelector('[role="alert"]');
  const row = item && fresh.querySelector(`[data-item="${CSS.escape(item)}"] .item-body`);
  if (!told) return refocus(fresh, item);
  row?.prepend(told);
  told.tabIndex = -1;
  told.focus();
}

function say(fresh, item, ok) {
  const line = fresh.querySelector('[data-agenda-said]');
  const time = item && fresh.querySelector(`[data-item="${CSS.escape(item)}"] .agenda-time`);
  const text = ok && time ? `${line.textContent} ${time.textContent.trim()}` : line.textContent;
  line.textContent = '';
  setTimeout(() => { line.textContent = text; }, 50);
}

function drag() {
  let dragged = null;
  const clear = () => document.querySelectorAll('.drop-here').forEach(one => one.classList.remove('drop-here'));
  // Text in a field can still be marked with the mouse: only the row itself is dragged.
  document.addEventListener('pointerdown', event => {
    const row = event.target.closest('.agenda-row[draggable]');
    if (row) row.draggable = !event.target.closest('a, input, select, textarea, details, button:not([data-handle])');
  });
  document.addEventListener('dragstart', event => {
    dragged = event.target.closest?.('[data-item]') ?? null;
    if (!dragged) return;
    event.dataTransfer.effectAllowed = 'move';
    event.dataTransfer.setData('text/plain', dragged.dataset.item);
    dragged.classList.add('dragged');
  });
  document.addEventListener('dragover', event => {
    const row = event.target.closest?.('[data-drop]');
    if (!dragged || !row) return;
    event.preventDefault();
    clear();
    if (row !== dragged) row.classList.add('drop-here');
  });
  document.addEventListener('dragend', () => {
    dragged?.classList.remove('dragged');
    dragged = null;
    clear();
  });
  document.addEventListener('drop', event => {
    const row = event.target.closest?.('[data-drop]');
    if (!dragged || !row) return;
    event.preventDefault();
    clear();
    const form = dragged.querySelector('[data-step]').form;
    const content = new FormData(form);
    content.set('plads', row.dataset.place);
    if (row !== dragged) change(form.action, content, dragged.dataset.item, 'haandtag');
  });
}
