"""Cases whose id begins with `V`: packages that are uploaded, and what they change."""
