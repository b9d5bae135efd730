"""The suites: one module per part of the document, bodies of a few lines: a stimulus and one check."""
