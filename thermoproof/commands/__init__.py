"""A module for each command that users type.

Each has `add`, which describes the command and its options to the parser, and `call`, which carries it out, prints, and
returns the exit code. What a command needs is imported in `call`, so that `--help` stays quick.
"""
