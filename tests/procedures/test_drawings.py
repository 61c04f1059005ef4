"""Every shipped diagram opens in the viewer of bpmn.io and can be read: texts apart, left to right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tools.draw_procedures import PICTURES, Drawing, diagrams, table

CROOKED = """<?xml version="1.0"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
 xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"
 xmlns:di="http://www.omg.org/spec/DD/20100524/DI" id="d" targetNamespace="http://example.org/test">
<bpmn:collaboration id="c"><bpmn:participant id="pulje" name="P" processRef="p"/></bpmn:collaboration>
<bpmn:process id="p" isExecutable="true"><bpmn:laneSet id="ls"><bpmn:lane id="bane"/></bpmn:laneSet>
<bpmn:startEvent id="s" name="Begyndt"/><bpmn:userTask id="a" name="A"/>
<bpmn:userTask id="b" name="Sagsbehandlingsvejledning"/>
<bpmn:userTask id="i_vejen" name="I vejen"/>
<bpmn:sequenceFlow id="frem" sourceRef="s" targetRef="a"/>
<bpmn:sequenceFlow id="tilbage" sourceRef="a" targetRef="b"/></bpmn:process>
<bpmndi:BPMNDiagram id="dia"><bpmndi:BPMNPlane id="pl" bpmnElement="c">
<bpmndi:BPMNShape id="pulje_di" bpmnElement="pulje">
<dc:Bounds x="0" y="0" width="900" height="300"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="bane_di" bpmnElement="bane">
<dc:Bounds x="30" y="0" width="870" height="300"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="s_di" bpmnElement="s">
<dc:Bounds x="300" y="100" width="36" height="36"/>
<bpmndi:BPMNLabel>
<dc:Bounds x="500" y="100" width="60" height="14"/></bpmndi:BPMNLabel></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="a_di" bpmnElement="a">
<dc:Bounds x="480" y="80" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="b_di" bpmnElement="b">
<dc:Bounds x="100" y="240" width="100" height="80"/></bpmndi:BPMNShape>
<bpmndi:BPMNShape id="i_di" bpmnElement="i_vejen">
<dc:Bounds x="360" y="90" width="80" height="60"/></bpmndi:BPMNShape>
<bpmndi:BPMNEdge id="frem_di" bpmnElement="frem">
<di:waypoint x="336" y="118"/>
<di:waypoint x="480" y="125"/></bpmndi:BPMNEdge>
<bpmndi:BPMNEdge id="tilbage_di" bpmnElement="tilbage">
<di:waypoint x="530" y="160"/><di:waypoint x="530" y="240"/>
<di:waypoint x="200" y="240"/></bpmndi:BPMNEdge>
</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>
"""


@pytest.fixture(scope="module")
def paper(browser: Any) -> Iterator[Any]:
    """A page to draw on."""
    with table(browser) as page:
        yield page


def test_a_crooked_drawing_is_told_of(paper: Any, tmp_path: Path) -> None:
    path = tmp_path / "crooked.bpmn"
    path.write_text(CROOKED, encoding="utf-8")
    assert set(Drawing(paper, path).faults()) == {
        "the text of s lies over a",
        "the arrow frem goes through i_vejen",
        "the arrow tilbage goes from right to left",
        "the lane bane has no name",
        "the text of s is far from it",
        "the arrow frem slants",
        "b is not in the pool",
        "a word in the name of b is torn apart",
    }


def test_every_shipped_diagram_can_be_read(paper: Any) -> None:
    found = []
    for path in diagrams():
        drawing = Drawing(paper, path)
        found += [f"{path.name}: {fault}" for fault in [*drawing.warnings, *drawing.faults()]]
    assert found == []


def test_every_shipped_diagram_has_its_picture() -> None:
    drawn = {path.stem for path in PICTURES.glob("*.svg")}
    assert drawn == {path.stem for path in diagrams()}, "run python -m tools.draw_procedures"
