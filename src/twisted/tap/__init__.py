"""
The servers that C{twistd} starts by name: each module has C{Options}, the
command line, and C{makeService}.
"""
