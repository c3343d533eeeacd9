# cython: language_level=3, boundscheck=False, wraparound=False, initializedcheck=False
# cython: cdivision=True
"""
The compiled twins of the loop, its timers and its streams; see
twisted.internet._timers_py, _stream_py, _loop_py and _masks, which say what
they do.

One C frame leads from the wait to the protocol's method: a stream is asked for
by its token, reads by itself, and what the callback wrote is sent when it has
returned.  Descriptors of other kinds go the way of every reactor, through
twisted.internet._dispatch.

State belongs to a loop; nothing is kept in the module but what never changes.
"""

include "version.pxi"
include "native.pxi"
include "timers.pxi"
include "kinds.pxi"
include "stream.pxi"
include "direct.pxi"
include "rights.pxi"
include "sending.pxi"
include "sockets.pxi"
include "loop.pxi"
include "table.pxi"

#: The flag with which what is sent waits for what is sent next; 0: there is none.
MORE = SEND_MORE

seal_types()
torsion_offer_stream_api(StreamBase, write_directly, write_framed, tell_disconnecting)
