// A page with a diagram: every element with data-diagram becomes a read-only drawing.
import 'bpmn-js/dist/assets/diagram-js.css';
import '../css/diagram.css';
import { show } from '../diagram/show.js';

for (const place of document.querySelectorAll('[data-diagram]')) show(place);
