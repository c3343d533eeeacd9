from typing import Any

class LineFramer:
    line_mode: Any
    MAX_LENGTH: Any
    delimiter: Any
    paused: Any
    _buffer: bytes
    def dataReceived(self, data: bytes) -> Any: ...

class LineOnlyFramer:
    MAX_LENGTH: Any
    delimiter: Any
    _buffer: bytes
    def dataReceived(self, data: bytes) -> Any: ...

class IntNFramer:
    MAX_LENGTH: Any
    paused: Any
    recvd: bytes
    def dataReceived(self, data: bytes) -> None: ...

class NetstringFramer:
    MAX_LENGTH: Any
    brokenPeer: Any
    _pending: Any
    _expected: int
    def dataReceived(self, data: bytes) -> None: ...
