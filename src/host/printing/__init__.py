"""Documents as PDF: accessible (PDF/UA-1 and PDF/A-2a in one file), rendered by typst in its own process."""

from host.printing.render import MEDIA, Failed, Job, Printed, render, render_all, render_pictures
from host.printing.templates import problems_beside, template_problems

__all__ = [
    "MEDIA",
    "Failed",
    "Job",
    "Printed",
    "problems_beside",
    "render",
    "render_all",
    "render_pictures",
    "template_problems",
]
