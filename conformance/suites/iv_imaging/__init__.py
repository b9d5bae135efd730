"""Cases whose id begins with `IV`: temperatures, pictures, image effects, dead pixels (518 to 523, 527 to 531)."""
