/*
 * The sandbox has no Intl, and luxon asks for a little of it: which zone the machine is in, and what clocks show
 * in a named zone. Copenhagen and UTC are known; any other zone is refused, as a browser refuses an unknown one.
 * Must be imported before luxon.
 */
const zone = { current: null };

class DateTimeFormat {
  constructor(_locale, options = {}) {
    this.timeZone = options.timeZone ?? 'Europe/Copenhagen';
    if (!['UTC', 'Europe/Copenhagen'].includes(this.timeZone)) {
      throw new RangeError(`Invalid time zone specified: ${this.timeZone}`);
    }
  }

  resolvedOptions() {
    return { timeZone: this.timeZone, calendar: 'iso8601', locale: 'en-US', numberingSystem: 'latn' };
  }

  format() {
    return '';
  }

  formatToParts(date) {
    const instant = date.getTime();
    const shown = new Date(this.timeZone === 'UTC' ? instant : zone.current.localOf(instant));
    const value = {
      year: shown.getUTCFullYear(),
      month: shown.getUTCMonth() + 1,
      day: shown.getUTCDate(),
      hour: shown.getUTCHours(),
      minute: shown.getUTCMinutes(),
      second: shown.getUTCSeconds(),
    };
    return [
      { type: 'era', value: 'AD' },
      ...Object.entries(value).map(([type, number]) => ({ type, value: String(number) })),
    ];
  }
}

class NumberFormat {
  resolvedOptions() {
    return {};
  }

  format(number) {
    return String(number);
  }
}

globalThis.Intl ??= { DateTimeFormat, NumberFormat };

/** Give the clocks of Copenhagen their zone. */
export function setZone(copenhagen) {
  zone.current = copenhagen;
}
