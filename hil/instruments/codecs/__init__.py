"""The protocol of each kind of instrument: values to bytes and back, without I/O."""
