// The calendar of date fields: Danish, weeks begin on Monday, and »today« is the service's, also in the demo.
import flatpickr from 'flatpickr';
import { Danish } from 'flatpickr/dist/esm/l10n/da.js';

export function danishCalendar(opened) {
  flatpickr.localize({ ...Danish, firstDayOfWeek: 1 });
  if (opened) flatpickr.setDefaults({ now: new Date(opened) });
}
