"""`python -m thermoproof`."""

from thermoproof.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
