from twisted.protocols._framing_py import IntNFramer as IntNFramer
from twisted.protocols._framing_py import LineFramer as LineFramer
from twisted.protocols._framing_py import NetstringFramer as NetstringFramer
