"""How a quantity of the camera is measured on a bench: steps that a case of `hil.suites` puts together."""
