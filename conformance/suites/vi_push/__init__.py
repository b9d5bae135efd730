"""Cases whose id begins with `VI`: what the device pushes, to whom, when, and how often."""
