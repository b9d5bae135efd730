"""The bench: instruments, their emulators, metrology, the procedures of measurement, and the suites that need them."""
