"""The door for XML: what is well-formed comes in, everything else is refused quickly and in Danish."""

import pytest

from engine.errors import DiagramError
from engine.xml import MAX_BYTES, parse_xml

ENTITIES = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 9))
LAUGHS = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a0 "aaaaaaaaaa">' + ENTITIES + b"]><a b='&a8;'>&a8;</a>"


def test_elements_keep_their_lines_and_foreign_attributes() -> None:
    root = parse_xml(b'<a xmlns:x="urn:x">\n<!-- c --><?p i?>\n<b x:y="1">t<![CDATA[<u>]]></b></a>')
    (child,) = root
    assert (child.tag, child.sourceline, child.text) == ("b", 3, "t<u>")
    assert child.get("{urn:x}y") == "1"
    assert parse_xml('<?xml version="1.0" encoding="utf-16"?><æ/>'.encode("utf-16")).tag == "æ"


@pytest.mark.parametrize(
    ("content", "piece"),
    [
        (b"", "tom"),
        (b" \n ", "tom"),
        (b"hej", "ikke gyldig XML"),
        (b"\x00\x01\x02", "ikke gyldig XML"),
        (b"<a><b></a>", "ikke gyldig XML"),
        (b"<a>&ukendt;</a>", "ikke gyldig XML"),
        (b"<a>" * 5000 + b"</a>" * 5000, "ikke gyldig XML"),
        (b"<a/>" + b" " * MAX_BYTES, "større end 2 MB"),
        (b"<!DOCTYPE a><a/>", "DOCTYPE"),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "DOCTYPE"),
        ('<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a><a/>'.encode("utf-16"), "DOCTYPE"),
        (LAUGHS, "DOCTYPE"),
        (b'<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]><a/>', "DOCTYPE"),
    ],
)
def test_what_is_refused(content: bytes, piece: str) -> None:
    with pytest.raises(DiagramError) as caught:
        parse_xml(content)
    assert piece in caught.value.message
    assert "root" not in caught.value.message


def test_the_line_of_the_fault_is_told() -> None:
    with pytest.raises(DiagramError) as caught:
        parse_xml(b"<a>\n<b>\n</a>")
    assert caught.value.line == 3
