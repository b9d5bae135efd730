"""What the protocol document says, and the judges."""
