// A page with a form-js form: every element with data-form becomes one.
import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';
import '../css/form.css';
import { mount } from '../form/mount.js';

for (const place of document.querySelectorAll('[data-form]')) mount(place);
