// The calendar by keyboard: the arrows go to the period before and after, »i« to today.
export function calendarKeys() {
  const bar = document.querySelector('[data-calendar-keys]');
  if (!bar) return;
  document.addEventListener('keydown', event => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.target.closest('input, select, textarea, [contenteditable], dialog')) return;
    const wanted = { ArrowLeft: '[rel="prev"]', ArrowRight: '[rel="next"]', i: '[data-now]', I: '[data-now]' }[event.key];
    const link = wanted && bar.querySelector(wanted);
    if (!link) return;
    event.preventDefault();
    link.click();
  });
}
