"""Restoring the device: what it showed before a case changed it, written to a journal, restored after, and verified."""
