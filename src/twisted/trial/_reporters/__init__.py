"""The reporters, one kind to a module."""
