"""Cases whose id begins with `IV`: login, logout, passwords, heartbeats (commands 501 to 504, 9999)."""
