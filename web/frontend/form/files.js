// A field that takes files. Each is sent to the server as soon as it is chosen, and the answer holds what came back:
// { id, navn, stoerrelse, type }. So a draft keeps them, and nothing large is sent with the form.
import { Description, Errors, Label } from '@bpmn-io/form-js-viewer';
import { Component, h } from 'preact';
import { sendFile } from '../site/token.js';

const ALL = '.pdf,.png,.jpg,.jpeg,.docx,.xlsx,.pptx,.odt,.ods,.txt';
const number = new Intl.NumberFormat('da-DK', { maximumFractionDigits: 1 });

export class Files extends Component {
  state = { sending: '', said: '', wrong: [] };

  get files() {
    return Array.isArray(this.props.value) ? this.props.value : [];
  }

  get most() {
    return this.props.field.multiple === true ? (this.props.field.properties?.antal ?? 10) : 1;
  }

  get largest() {
    return this.props.field.properties?.max_mb ?? 10;
  }

  change(files) {
    this.props.onChange({ field: this.props.field, value: files.length > 0 ? files : null });
  }

  async chosen(input) {
    const address = input.closest('[data-form]')?.dataset.upload;
    const wrong = [];
    let files = this.files;
    for (const file of [...input.files]) {
      if (files.length >= this.most) {
        wrong.push(`${file.name} er ikke sendt: her kan højst være ${this.most === 1 ? 'én fil' : `${this.most} filer`}.`);
      } else if (file.size > this.largest * 1024 * 1024) {
        wrong.push(`${file.name} er for stor. En fil må højst være på ${this.largest} MB.`);
      } else {
        this.setState({ sending: `Sender ${file.name} …`, said: '' });
        const { status, body } = await sendFile(`${address}&felt=${encodeURIComponent(this.props.field.id)}`, file);
        if (status === 200) {
          files = [...files, body];
          this.change(files);
          this.setState({ said: `${body.navn} er vedhæftet.` });
        } else {
          wrong.push(status === 0 ? `${file.name} er ikke sendt: ingen forbindelse. Prøv igen.` : (body.message ?? `${file.name} kunne ikke sendes.`));
        }
      }
    }
    input.value = '';
    this.setState({ sending: '', wrong });
  }

  remove(file, list) {
    this.change(this.files.filter(one => one.id !== file.id));
    this.setState({ said: `${file.navn} er fjernet.`, wrong: [] });
    list.closest('.fjs-form-field')?.querySelector('input[type=file]')?.focus();
  }

  render() {
    const { field, domId, errors = [], disabled, readonly } = this.props;
    const locked = disabled || readonly;
    const full = this.files.length >= this.most;
    const limit = `${this.most === 1 ? 'Én fil' : `Højst ${this.most} filer`} på højst ${this.largest} MB. ${kinds(field.accept)}`;
    const told = [...errors, ...this.state.wrong];
    return h('div', { class: `fjs-form-field fjs-form-field-filepicker${told.length > 0 ? ' fjs-has-errors' : ''}` }, [
      h(Label, { htmlFor: domId, label: field.label, required: field.validate?.required }),
      h('p', { class: 'file-limit', id: `${domId}-graense` }, limit),
      this.files.length > 0 &&
        h('ul', { class: 'file-list' }, this.files.map(file => this.line(file, locked))),
      !locked &&
        h('input', {
          type: 'file',
          id: domId,
          class: 'file-input',
          multiple: this.most > 1,
          accept: field.accept || ALL,
          disabled: full || this.state.sending !== '',
          'aria-required': field.validate?.required === true ? 'true' : null,
          'aria-invalid': told.length > 0 ? 'true' : null,
          'aria-describedby': `${domId}-graense${told.length > 0 ? ` ${domId}-error-message` : ''}`,
          onChange: event => this.chosen(event.target),
        }),
      h('p', { class: 'file-state', role: 'status' }, this.state.sending || this.state.said),
      h(Description, { description: field.description }),
      told.length > 0 && h(Errors, { id: `${domId}-error-message`, errors: told }),
    ]);
  }

  line(file, locked) {
    return h('li', { key: file.id }, [
      h('a', { href: `/vedhaeftninger/${file.id}` }, file.navn || 'fil'),
      typeof file.stoerrelse === 'number' && h('span', { class: 'file-size' }, ` ${size(file.stoerrelse)}`),
      !locked &&
        h(
          'button',
          { type: 'button', class: 'file-remove', 'aria-label': `Fjern ${file.navn}`, onClick: event => this.remove(file, event.target) },
          'Fjern',
        ),
    ]);
  }
}

Files.config = {
  type: 'filepicker',
  keyed: true,
  label: 'Filer',
  group: 'basic-input',
  emptyValue: null,
  sanitizeValue: ({ value }) => (Array.isArray(value) && value.length > 0 ? value : null),
  create: (options = {}) => ({ ...options }),
};

function size(bytes) {
  if (bytes < 1024 * 1024) return `(${number.format(Math.max(1, Math.round(bytes / 1024)))} kB)`;
  return `(${number.format(bytes / 1024 / 1024)} MB)`;
}

function kinds(accept) {
  const names = (accept || ALL)
    .split(',')
    .map(part => part.trim().replace(/^\./, '').replace('image/*', 'billeder'))
    .filter(part => part && part !== 'jpeg');
  return `Typer: ${names.join(', ')}.`;
}
