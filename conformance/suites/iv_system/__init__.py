"""Cases whose id begins with `IV`: facts, maintenance, mail, subscriptions, and the bounds of every function."""
