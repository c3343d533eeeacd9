"""
Keeping objects beyond the end of a program.

L{sob<twisted.persisted.sob>} saves and loads a small object,
L{styles<twisted.persisted.styles>} says how instances want to be kept,
L{aot<twisted.persisted.aot>} writes them as Python source, and
L{dirdbm<twisted.persisted.dirdbm>} keeps bytes by key in a directory.
"""
