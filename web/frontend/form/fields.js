// What form-js' fields lack: a counter below a text with a greatest length, messages at a list of rows, and a name for
// the group that the buttons of one question make.
import { Checklist, DynamicList, Errors, Group, Radio, Textarea, Textfield } from '@bpmn-io/form-js-viewer';
import { Fragment, h } from 'preact';
import { Files } from './files.js';

const number = new Intl.NumberFormat('da-DK');

/** A short field's counter is noise until it is nearly full. */
const ALWAYS_FROM = 400;
const NEARLY_FULL = 0.8;

function withCounter(Field) {
  const Counted = props => {
    const longest = props.field.validate?.maxLength;
    const length = (props.value ?? '').trim().length;
    const counts = typeof longest === 'number' && !props.disabled && !props.readonly;
    if (!counts || (longest < ALWAYS_FROM && length < longest * NEARLY_FULL)) return h(Fragment, null, h(Field, props));
    return h(Fragment, null, h(Field, props), h(Counter, { length, longest }));
  };
  Counted.config = Field.config;
  return Counted;
}

function Counter({ length, longest }) {
  const over = length - longest;
  const text =
    over > 0 ? `${number.format(over)} tegn for meget` : `${number.format(length)} af ${number.format(longest)} tegn`;
  return h('p', { class: over > 0 ? 'form-counter form-counter-over' : 'form-counter', role: over > 0 ? 'status' : null }, text);
}

function withErrors(Field) {
  const Told = props => {
    const errors = Array.isArray(props.errors) ? props.errors : [];
    return h(Fragment, null, h(Field, props), errors.length > 0 ? h(Errors, { errors, id: `${props.domId}-fejl` }) : null);
  };
  Told.config = Field.config;
  return Told;
}

function withGroup(Field, role) {
  const Grouped = props => {
    const required = role === 'radiogroup' && props.field.validate?.required === true;
    return h('div', { role, 'aria-label': props.field.label, 'aria-required': required || null }, h(Field, props));
  };
  Grouped.config = Field.config;
  return Grouped;
}

class DanishFields {
  constructor(formFields) {
    formFields.register('textarea', withCounter(Textarea));
    formFields.register('textfield', withCounter(Textfield));
    formFields.register('radio', withGroup(Radio, 'radiogroup'));
    formFields.register('checklist', withGroup(Checklist, 'group'));
    formFields.register('dynamiclist', withErrors(DynamicList));
    formFields.register('group', withErrors(Group));
    formFields.register('filepicker', Files);
  }
}
DanishFields.$inject = ['formFields'];

export const fieldsModule = { __init__: ['danishFields'], danishFields: ['type', DanishFields] };
