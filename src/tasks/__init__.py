"""The work itself: cases, tasks, forms, deadlines and notices as use cases; knows nothing of the web or of
configuration."""
