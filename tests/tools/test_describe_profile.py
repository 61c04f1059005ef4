"""The page about the profile is made from the profile."""

from tools import describe_profile


def test_the_page_says_what_the_gate_reads() -> None:
    assert describe_profile.PAGE.read_text(encoding="utf-8") == describe_profile.page()
