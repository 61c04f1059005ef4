"""The memory: tables, the unit of work and migrations; it knows no rule, no procedure and no web."""
