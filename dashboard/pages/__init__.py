"""Pages of the app: each has `layout(…)` and `register(app)`."""
