"""
Running other programs: L{procmon} keeps them alive, L{inetd} starts them for those
who connect.
"""
