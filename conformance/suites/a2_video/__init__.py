"""Cases whose id begins with `A2`: the video handshake and the streams (appendix II)."""
