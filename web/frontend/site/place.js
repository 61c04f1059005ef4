// A list keeps its place: search, page and scroll position are there again when one comes back from a task.
const KEY = 'sagsgang.liste';

export function keepPlace() {
  const list = document.querySelector('[data-keeps-place]');
  const address = location.pathname + location.search;
  if (list && location.pathname === '/opgaver') {
    restore(address);
    addEventListener('pagehide', () => remember(address));
  }
  const place = read();
  if (!place) return;
  for (const link of document.querySelectorAll('[data-back-to-list]')) link.href = place.address;
}

/** The worklist as it was left, to go back to when a task is done. */
export function lastList() {
  return read()?.address ?? '/opgaver';
}

function restore(address) {
  const place = read();
  if (place?.address === address && place.top > 0) scrollTo(0, place.top);
}

function remember(address) {
  sessionStorage.setItem(KEY, JSON.stringify({ address, top: scrollY }));
}

function read() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY));
  } catch {
    return null;
  }
}
