"""The face: Flask pages over the use cases of `tasks`, through `host.app`; never engine or records."""
