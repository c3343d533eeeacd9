# What copies and pickles of a Deferred take along: by name, as the pure twin
# has it in its __dict__, so that either twin takes what the other has written.

cdef object PLAIN_STATE = object.__getstate__
cdef object PLAIN_REDUCE = object.__reduce_ex__
cdef object PLAIN_SET = object.__setattr__
cdef frozenset FIELDS = frozenset((
    "_callbacks",
    "called",
    "paused",
    "result",
    "_suppressAlreadyCalled",
    "_runningCallbacks",
    "_debugInfo",
    "_canceller",
    "_chainedTo",
))


cdef object state_of(CallbackChain self):
    """The fields and what else the instance has: a dict, or that and another for its slots."""
    cdef object plain = PLAIN_STATE(self)
    cdef object slots = None
    cdef dict state
    if type(plain) is tuple:
        plain, slots = plain
    state = dict(plain or ())
    state["_callbacks"] = self._callbacks
    if self.called:
        state["called"] = True
    if self.value is not NO_RESULT:
        state["result"] = self.value
    if self.paused:
        state["paused"] = self.paused
    if self._suppressAlreadyCalled:
        state["_suppressAlreadyCalled"] = True
    if self._runningCallbacks:
        state["_runningCallbacks"] = True
    if self._debugInfo is not None:
        state["_debugInfo"] = self._debugInfo
    if self._canceller is not None:
        state["_canceller"] = self._canceller
    if self._chainedTo is not None:
        state["_chainedTo"] = self._chainedTo
    return state if slots is None else (state, slots)


cdef int restore(CallbackChain self, object state) except -1:
    cdef object slots = None
    cdef dict others = {}
    if type(state) is tuple:
        state, slots = state
    for name, value in (state or {}).items():
        if name in FIELDS:
            PLAIN_SET(self, name, value)
        else:
            others[name] = value
    if others:
        self.__dict__.update(others)
    for name, value in (slots or {}).items():
        setattr(self, name, value)
    return 0
