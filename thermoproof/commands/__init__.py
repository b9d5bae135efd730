"""A module per command that users type; each parses its options, calls the house, and prints."""
