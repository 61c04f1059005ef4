// The token that proves a change comes from our own page. A page that outlived its session fetches a new one.
const body = document.body;

export function token() {
  return body.dataset.formToken;
}

export function sendTokenWithHtmx() {
  body.addEventListener('htmx:config:request', event => {
    event.detail.ctx.request.headers['X-Formular'] = token();
  });
}

/**
 * Send JSON to one of our own addresses. Answers { status, body }; status 0 means that the network failed.
 * A stale token is renewed once, unless somebody else has signed in meanwhile: then `otherPerson` is true.
 */
export async function send(method, url, content, { keepalive = false } = {}) {
  const first = await attempt(method, url, content, keepalive);
  if (first.status !== 403 || !first.body.foreign_form) return first;
  const renewed = await attempt('GET', '/log-ind/formular');
  if (renewed.status !== 200) return renewed;
  if (renewed.body.person !== body.dataset.person) return { status: 401, body: {}, otherPerson: true };
  body.dataset.formToken = renewed.body.token;
  return attempt(method, url, content, keepalive);
}

/** Send one file. Answers like `send`. */
export async function sendFile(url, file) {
  const first = await attemptFile(url, file);
  if (first.status !== 403 || !first.body.foreign_form) return first;
  const renewed = await attempt('GET', '/log-ind/formular');
  if (renewed.status !== 200 || renewed.body.person !== body.dataset.person) return { status: 401, body: {} };
  body.dataset.formToken = renewed.body.token;
  return attemptFile(url, file);
}

async function attemptFile(url, file) {
  const content = new FormData();
  content.append('fil', file);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { Accept: 'application/json', 'X-Formular': token() },
      body: content,
    });
    return { status: response.status, body: parse(await response.text()) };
  } catch {
    return { status: 0, body: {} };
  }
}

async function attempt(method, url, content, keepalive = false) {
  try {
    const response = await fetch(url, {
      method,
      keepalive,
      headers: { Accept: 'application/json', 'Content-Type': 'application/json', 'X-Formular': token() },
      body: content === undefined ? undefined : JSON.stringify(content),
    });
    const text = await response.text();
    return { status: response.status, body: parse(text) };
  } catch {
    return { status: 0, body: {} };
  }
}

function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
