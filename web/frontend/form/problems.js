// What is wrong with the answers: at each field, and together on top with links to the fields.
import { errorPath, fieldsOf, nameOf } from './paths.js';

export class Problems {
  constructor(place, form, rules) {
    this.box = place.querySelector('.form-problems');
    this.form = form;
    this.rules = rules;
    this.tried = false;
    // A listener that answers anything but undefined keeps the event from the others.
    form.on('changed', () => {
      if (this.tried) this.recheck();
    });
    this.box.addEventListener('click', event => this.go(event));
  }

  /** Check everything; true when the answers may be sent. Otherwise the problems are shown and get the focus. */
  check() {
    this.tried = true;
    const errors = this.withRules(this.form.validate());
    this.form._setState({ errors });
    const items = this.itemsOf(errors);
    if (items.length > 0) this.tell(items);
    else this.clear();
    return items.length === 0;
  }

  /** Show what the server refused: path to message. What belongs to no field on the page stands on top. */
  show(fields, message = '') {
    this.tried = true;
    const errors = structuredClone(this.form._getState().errors);
    const unknown = this.merge(errors, fields);
    this.form._setState({ errors });
    const items = [...unknown.map(text => ({ text })), ...this.itemsOf(errors)];
    this.tell(items.length > 0 ? items : [{ text: message }], message);
  }

  /** Say one thing that has to do with no field. */
  say(heading, text) {
    this.box.replaceChildren(alertBox(heading, [paragraph(text)]));
    this.reveal();
  }

  clear() {
    this.box.hidden = true;
    this.box.replaceChildren();
  }

  /** After the first try the rules follow every change, as the fields' own checks do. */
  recheck() {
    const now = this.form._getState().errors;
    const errors = this.withRules(now);
    if (JSON.stringify(errors) !== JSON.stringify(now)) this.form._setState({ errors });
  }

  /** The fields' own errors, and after them those of the rules that apply now. */
  withRules(errors) {
    const own = structuredClone(errors);
    const fields = fieldsOf(this.form);
    for (const entry of fields) {
      for (const text of this.rules.textsOf(entry.path)) remove(own, errorPath(entry), text);
    }
    const taken = new Set(fields.filter(entry => textsAt(own, errorPath(entry)).length > 0).map(entry => entry.path));
    this.merge(own, this.rules.broken(new Set(fields.map(entry => entry.path)), taken));
    return own;
  }

  /** Put messages at their fields in form-js' own shape; returns those that found no field. */
  merge(errors, messages) {
    const fields = new Map(fieldsOf(this.form).map(entry => [entry.path, entry]));
    const homeless = [];
    for (const [path, text] of Object.entries(messages)) {
      const entry = fields.get(path);
      if (entry) put(errors, errorPath(entry), text);
      else homeless.push(text);
    }
    return homeless;
  }

  itemsOf(errors) {
    return fieldsOf(this.form).flatMap(entry => {
      return textsAt(errors, errorPath(entry)).map(text => ({ text: sentence(nameOf(this.form, entry), text), target: this.idOf(entry) }));
    });
  }

  tell(items, message = '') {
    const list = document.createElement('ul');
    list.className = 'nobullet-list';
    for (const { text, target } of items) {
      const row = document.createElement('li');
      if (target) {
        const link = document.createElement('a');
        link.href = `#${target}`;
        link.textContent = text;
        row.append(link);
      } else {
        row.textContent = text;
      }
      list.append(row);
    }
    const heading = items.length === 1 ? 'Der er én ting, der skal rettes' : `Der er ${items.length} ting, der skal rettes`;
    const parts = message && items.every(item => item.text !== message) ? [paragraph(message), list] : [list];
    this.box.replaceChildren(alertBox(heading, parts));
    this.reveal();
  }

  reveal() {
    this.box.hidden = false;
    this.box.focus();
    this.box.scrollIntoView({ block: 'nearest' });
  }

  idOf({ field, indexes }) {
    return ['fjs-form', this.form._id, field.id].join('-') + Object.values(indexes).map(index => `_${index}`).join('');
  }

  go(event) {
    const link = event.target.closest('a[href^="#fjs-"]');
    if (!link) return;
    event.preventDefault();
    const id = link.hash.slice(1);
    const named = document.getElementById(id) ?? document.querySelector(`[id^="${CSS.escape(id)}"]`);
    const focusable = 'input, textarea, select, button, [tabindex="0"]';
    const target = named?.matches(focusable) ? named : (named?.parentElement?.querySelector(focusable) ?? named);
    target?.scrollIntoView({ block: 'center' });
    target?.focus({ preventScroll: true });
  }
}

/** »Navn: Feltet skal udfyldes.«; a question keeps its own mark: »Er det akut? Feltet skal udfyldes.« */
function sentence(name, text) {
  if (!name) return text;
  return name.endsWith('?') ? `${name} ${text}` : `${name}: ${text}`;
}

function textsAt(errors, path) {
  const texts = path.reduce((value, key) => value?.[key], errors);
  return Array.isArray(texts) ? texts : [];
}

function put(errors, path, text) {
  const last = path.at(-1);
  const home = path.slice(0, -1).reduce((value, key) => (value[key] ??= {}), errors);
  const texts = Array.isArray(home[last]) ? home[last] : [];
  home[last] = texts.includes(text) ? texts : [...texts, text];
}

function remove(errors, path, text) {
  const last = path.at(-1);
  const home = path.slice(0, -1).reduce((value, key) => value?.[key], errors);
  if (!Array.isArray(home?.[last])) return;
  home[last] = home[last].filter(one => one !== text);
  if (home[last].length === 0) delete home[last];
}

function paragraph(text) {
  const element = document.createElement('p');
  element.className = 'alert-text';
  element.textContent = text;
  return element;
}

export function alertBox(heading, parts, kind = 'error') {
  const box = document.createElement('div');
  box.className = `alert alert-${kind}`;
  const body = document.createElement('div');
  body.className = 'alert-body';
  const title = document.createElement('h2');
  title.className = 'alert-heading';
  title.textContent = heading;
  body.append(title, ...parts);
  box.append(body);
  return box;
}
