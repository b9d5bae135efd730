"""Cases whose id begins with `P`: what the profile claims of the device."""
