"""axe on a page as it stands in the browser, at each width; and whether the page fits its window."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from axe_playwright_python.base import AXE_FILE_PATH

WIDTHS = (1400, 400)
HEIGHT = 900
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_LOOK = """
async ([tags, known]) => {
  // Contrast takes longer than all other rules together, and depends on colours and letters alone: each
  // combination of them is looked at once.
  const chains = new Map([[null, '']]);
  const chain = element => {
    if (!chains.has(element)) {
      const style = getComputedStyle(element);
      const own = [style.backgroundColor, style.backgroundImage, style.opacity].join();
      const plain = own === 'rgba(0, 0, 0, 0),none,1';
      chains.set(element, chain(element.parentElement) + (plain ? '' : `<${own}`));
    }
    return chains.get(element);
  };
  const written = element => element.matches('input, select, textarea')
    || [...element.childNodes].some(node => node.nodeType === Node.TEXT_NODE && node.data.trim());
  const seen = new Set(known);
  const fresh = [...document.body.querySelectorAll('*')].filter(element => {
    if (!written(element) || !element.checkVisibility({ visibilityProperty: true })) return false;
    const style = getComputedStyle(element);
    const look = [style.color, style.fontSize, style.fontWeight, style.textShadow, chain(element)].join('|');
    return !seen.has(look) && seen.add(look);
  });
  const contrast = { 'color-contrast': { enabled: false } };
  const options = { resultTypes: ['violations'], preload: false };
  const results = [await axe.run(document, { ...options, runOnly: tags, rules: contrast })];
  if (fresh.length > 0) results.push(await axe.run(fresh, { ...options, runOnly: ['color-contrast'] }));
  const page = document.documentElement;
  return {
    found: results.flatMap(one => one.violations).map(one => `${one.id}: ` + one.nodes.slice(0, 3)
      .map(node => `${node.html.slice(0, 160)} (${node.any[0]?.message ?? ''})`).join(' and ')),
    wider: page.scrollWidth - page.clientWidth,
    seen: [...seen],
  };
}
"""


@lru_cache(maxsize=1)
def _axe() -> str:
    return AXE_FILE_PATH.read_text(encoding="utf-8")


class Looker:
    """Looks at pages and keeps what was found. Folds are looked at closed when wide and open when narrow."""

    def __init__(self) -> None:
        """Begin with nothing found."""
        self.found: list[str] = []
        self._seen: list[str] = []

    def look(self, page: Any, what: str) -> None:
        """Look at a page at each width; it is left wide, with its folds open."""
        self.wait(page)
        page.evaluate(_axe())
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            if width == WIDTHS[-1]:
                page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
            self._run(page, f"{what} at {width}")
        page.set_viewport_size({"width": WIDTHS[0], "height": HEIGHT})

    def look_once(self, page: Any, what: str) -> None:
        """Look at a page at the width that it has."""
        page.evaluate(_axe())
        self._run(page, what)

    def _run(self, page: Any, what: str) -> None:
        told = page.evaluate(_LOOK, [RULES, self._seen])
        self._seen = told["seen"]
        self.found += [f"{what}: {one}" for one in told["found"]]
        if told["wider"] > 0:
            self.found.append(f"{what}: {told['wider']} px wider than the window")

    @staticmethod
    def wait(page: Any) -> None:
        """Wait until the forms and the drawing of the page are there."""
        page.wait_for_function(
            "() => [...document.querySelectorAll('[data-form], [data-diagram]')]"
            ".every(one => 'ready' in one.dataset)"
        )
