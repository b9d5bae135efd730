"""Cases whose id begins with `IV`: general information, clock, log, restart, mail, settings files, subscriptions."""
