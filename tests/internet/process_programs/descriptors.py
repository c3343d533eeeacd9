"""Write the numbers of the open descriptors to standard output."""

import os

found = []
for number in range(256):
    try:
        os.fstat(number)
    except OSError:
        continue
    found.append(number)
os.write(1, repr(found).encode())
