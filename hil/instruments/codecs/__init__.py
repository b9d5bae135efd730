"""What goes over the wire to each kind of instrument: bytes to values and back, without I/O."""
