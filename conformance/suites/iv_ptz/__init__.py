"""Cases whose id begins with `IV`: movement, presets, cruises, line scans, traces of the PTZ (commands 600 to 617)."""
