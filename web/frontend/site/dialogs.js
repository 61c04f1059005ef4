// Opens and closes <dialog>s. The browser itself keeps the focus inside and closes on Escape.
export function dialogs() {
  document.addEventListener('click', event => {
    const opener = event.target.closest('[data-opens]');
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
    const closer = event.target.closest('[data-closes]');
    if (closer) document.getElementById(closer.dataset.closes)?.close();
  });
}
