"""Cases whose id begins with `A5`: commands and downloads over HTTP (appendix V)."""
