"""The bench: instruments, their emulators, metrology, and the suites that need them."""
