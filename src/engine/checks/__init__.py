"""The publishing gate: `check` a bundle, or `check_files` where they lie, and `render` what was found."""

from engine.checks.files import check_files, render, stops
from engine.checks.gate import check, describe
from engine.checks.rules import RULES, Known, Procedure, Rule

__all__ = ["RULES", "Known", "Procedure", "Rule", "check", "check_files", "describe", "render", "stops"]
