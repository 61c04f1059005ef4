"""The API, /api/v1: everything a page can do with work, by the same use cases and the same access rules."""
