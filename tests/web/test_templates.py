"""House rules of the templates, read from their source."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "web" / "templates"
_FILES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
_JINJA = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_SCRIPT = re.compile(r"<script\b.*?</script>", re.DOTALL)
_SPOKEN = ("aria-label", "placeholder", "title", "alt")
_PRODUCT = "Sagsgang"


@pytest.mark.parametrize("name", _FILES)
def test_every_text_goes_through_gettext(name: str) -> None:
    bare = _SCRIPT.sub("", _JINJA.sub("", (TEMPLATES / name).read_text(encoding="utf-8")))
    spoken = re.findall(rf"\b(?:{'|'.join(_SPOKEN)})=\"([^\"]*)\"", bare)
    shown = re.sub(r"<[^>]*>|[\w-]+=\"[^\"]*\"", " ", bare)
    words = [word for text in (shown, *spoken) for word in re.findall(r"[^\W\d_]{2,}", text)]
    assert [word for word in words if word != _PRODUCT] == []


@pytest.mark.parametrize("name", _FILES)
def test_nothing_that_the_content_policy_forbids(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=", text), "inline styles are blocked: use a class"
    assert not re.search(r"\son\w+=", text), "inline handlers are blocked: use a module in web/frontend"
    assert not re.search(r"<script(?![^>]*(?:\bsrc=|type=\"application/json\"))", text), "inline script"
    assert not re.search(r"https?://", text)


@pytest.mark.parametrize("name", _FILES)
def test_every_changing_form_carries_the_token(name: str) -> None:
    text = (TEMPLATES / name).read_text(encoding="utf-8")
    forms = re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text, re.DOTALL)
    assert [form[:80] for form in forms if "token()" not in form] == []
