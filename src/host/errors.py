"""The root of what the running service refuses with."""


class HostError(Exception):
    """A setting, a file or an address is missing or wrong; the text is for whoever runs the service."""
