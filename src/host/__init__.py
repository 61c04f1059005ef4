"""The running service: settings, wiring, clock, scheduler, mail and the command line. No rules of the
work."""
