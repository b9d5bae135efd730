"""The device under test: how a run reaches the camera, what it knows of it, and how a case speaks to it."""
