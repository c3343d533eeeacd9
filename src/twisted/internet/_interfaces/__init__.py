"""The interfaces, by theme; L{twisted.internet.interfaces} is their public path."""
