"""
The ground floor: failures, logging, paths, options and reflection, without I/O loops.
"""
