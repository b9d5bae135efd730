"""The rules that a run obeys: what a case is, how it is judged, what a profile claims, which failures are waived."""
