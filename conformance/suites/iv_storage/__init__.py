"""Cases whose id begins with `IV`: recordings, stored files, the history of temperatures (509, 511, 513 to 515)."""
