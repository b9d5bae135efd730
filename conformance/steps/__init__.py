"""The vocabulary of the suites: what cases do before and between their checks. No case is declared here."""
