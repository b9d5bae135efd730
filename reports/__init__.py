"""What a run leaves: one record, and every report made from it."""
