// Saves the half-filled form while one writes, says when, and notices when another window does the same.
import { send } from '../site/token.js';
import { answersOf } from './paths.js';
import { alertBox } from './problems.js';

const FIRST_DRAWING = 200;
const PAUSE = 1200;
const LONGEST_WAIT = 8000;
const RETRY = 15000;

export class Draft {
  constructor(place, form) {
    this.address = place.dataset.draft;
    this.rev = Number(place.dataset.draftRev);
    this.task = place.dataset.task;
    this.line = place.querySelector('[data-draft-line]');
    this.conflictBox = place.querySelector('.form-conflict');
    this.form = form;
    this.stopped = false;
    this.saving = null;
    this.waitingSince = 0;
    // The fields are there after the first drawing; what they hold then counts as saved, unless somebody was quicker.
    let touched = false;
    place.addEventListener('input', () => { touched = true; }, { capture: true, once: true });
    setTimeout(() => {
      this.saved = touched ? '' : this.content();
      form.on('changed', () => {
        this.later();
      });
      this.later();
    }, FIRST_DRAWING);
    this.channel = new BroadcastChannel('sagsgang.kladde');
    this.channel.onmessage = ({ data }) => this.heard(data);
    document.addEventListener('visibilitychange', () => document.hidden && this.flush());
    addEventListener('pagehide', () => this.flush());
    addEventListener('focus', () => this.lost && this.save());
  }

  content() {
    return JSON.stringify(answersOf(this.form));
  }

  get dirty() {
    return this.saved !== undefined && this.content() !== this.saved;
  }

  later() {
    if (this.stopped || !this.dirty) return;
    this.waitingSince ||= Date.now();
    clearTimeout(this.timer);
    const pause = Date.now() - this.waitingSince > LONGEST_WAIT ? 0 : PAUSE;
    this.timer = setTimeout(() => this.save(), pause);
  }

  /** Save at once what is not saved, also while the page is going away. */
  flush() {
    if (this.stopped || !this.dirty) return;
    clearTimeout(this.timer);
    this.save({ keepalive: true });
  }

  async save({ keepalive = false } = {}) {
    if (this.stopped) return;
    if (this.saving) {
      await this.saving;
      if (this.stopped || !this.dirty) return;
    }
    this.saving = this.put(keepalive);
    await this.saving;
    this.saving = null;
  }

  async put(keepalive) {
    const content = this.content();
    this.waitingSince = 0;
    this.say('Gemmer kladden …');
    const { status, body, otherPerson } = await send(
      'PUT',
      this.address,
      { answers: JSON.parse(content), draft_rev: this.rev },
      { keepalive },
    );
    this.lost = false;
    if (status === 200) {
      this.saved = content;
      this.rev = body.draft_rev;
      this.say(`Kladde gemt kl. ${body.saved_at}`);
      this.channel.postMessage({ task: this.task, rev: this.rev, at: body.saved_at });
    } else if (status === 412) {
      this.conflict(body.message, body.draft_rev);
    } else if (status === 401) {
      this.signedOut(otherPerson);
    } else if (status === 0 || status >= 500) {
      this.say('Kladden kunne ikke gemmes. Vi prøver igen om lidt.', true);
      this.timer = setTimeout(() => this.save(), RETRY);
    } else {
      this.stop();
      this.say(body.message ?? 'Kladden kan ikke gemmes længere.', true);
    }
  }

  /** The task is being sent, or is over: nothing more is saved. */
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  resume() {
    this.stopped = false;
  }

  heard({ task, rev, at }) {
    if (task !== this.task || rev <= this.rev || this.stopped) return;
    this.conflict(`Kladden er ændret i et andet vindue kl. ${at}.`, rev);
  }

  conflict(message, rev) {
    this.stop();
    this.say('Der er to kladder. ', true);
    this.line.append(linkTo(this.conflictBox, 'Vælg, hvilken der skal gemmes'));
    const text = document.createElement('p');
    text.className = 'alert-text';
    text.textContent = `${message ?? 'Kladden er ændret et andet sted.'} Vælg, hvilken du vil arbejde videre med.`;
    const buttons = document.createElement('p');
    buttons.className = 'button-group';
    buttons.append(
      button('Hent den anden kladde', 'secondary', () => location.reload()),
      button('Behold det, der står her', 'secondary', () => {
        // Without a revision the server keeps what is sent, whatever it has.
        this.rev = rev ?? null;
        this.conflictBox.hidden = true;
        this.resume();
        this.save();
      }),
    );
    this.conflictBox.replaceChildren(alertBox('Der er to kladder', [text, buttons], 'warning'));
    this.conflictBox.hidden = false;
    this.conflictBox.tabIndex = -1;
  }

  signedOut(otherPerson) {
    this.lost = !otherPerson;
    if (otherPerson) this.stop();
    const text = otherPerson
      ? 'En anden er logget ind i denne browser. Kopiér det, du vil beholde, og log ind igen.'
      : 'Du er logget ud. Log ind i et nyt vindue, og vend tilbage hertil; så gemmes kladden. ';
    this.say(text, true);
    if (otherPerson) return;
    const link = document.createElement('a');
    link.href = '/log-ind';
    link.target = '_blank';
    link.textContent = 'Log ind i et nyt vindue';
    this.line.append(link);
  }

  say(text, bad = false) {
    this.line.textContent = text;
    this.line.classList.toggle('draft-bad', bad);
  }
}

function linkTo(box, text) {
  const link = document.createElement('a');
  link.href = '#';
  link.textContent = text;
  link.addEventListener('click', event => {
    event.preventDefault();
    box.scrollIntoView({ block: 'center' });
    box.focus({ preventScroll: true });
  });
  return link;
}

function button(text, kind, action) {
  const element = document.createElement('button');
  element.type = 'button';
  element.className = `button button-${kind}`;
  element.textContent = text;
  element.addEventListener('click', action);
  return element;
}
