"""Runs a written procedure: BPMN, FEEL, decision tables and Danish dates, without people, database or web."""
