// Every page: the look of dkfds, htmx for the small live pieces, and what makes a list keep its place.
import '../../../node_modules/dkfds/dist/css/dkfds.css';
import '../css/site.css';
import '../css/work.css';
import '../css/meetings.css';
import '../css/figures.css';
import '../../../node_modules/dkfds/dist/img/all-svg-icons.svg?url';
import * as DKFDS from '../../../node_modules/dkfds/dist/js/dkfds.js';
import 'htmx.org';
import { sendTokenWithHtmx } from '../site/token.js';
import { keepPlace } from '../site/place.js';
import { dialogs } from '../site/dialogs.js';
import { agenda } from '../site/agenda.js';
import { calendarKeys } from '../site/calendar.js';

// dkfds' script throws when the header has no drawer, as on the sign-in page.
if (document.querySelector('.mobile-drawer')) DKFDS.init();
sendTokenWithHtmx();
keepPlace();
dialogs();
agenda();
calendarKeys();
document.querySelector('[data-focus]')?.focus();
