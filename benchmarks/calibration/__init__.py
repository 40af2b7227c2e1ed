"""How often the test of a difference raises a false alarm: methods are made equal, and still called different."""
