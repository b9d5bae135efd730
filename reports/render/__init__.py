"""Reports made from a run record, one module per form."""
