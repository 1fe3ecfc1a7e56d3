"""Sinks: methods whose output is a removal."""
