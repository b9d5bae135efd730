"""Cases whose id begins with `IV`: stored files, recordings, the history of temperatures."""
