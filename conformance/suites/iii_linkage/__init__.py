"""Cases whose id begins with `III`: what an event of a configuration of chapter III sets off."""
