from twisted.internet._chain_py import CallbackChain as CallbackChain
from twisted.internet._driver_py import Collector as Collector
from twisted.internet._driver_py import adopt as adopt
from twisted.internet._driver_py import bridge as bridge
from twisted.internet._driver_py import drive as drive
from twisted.internet._driver_py import maybeDeferred as maybeDeferred
from twisted.internet._driver_py import succeed as succeed
from twisted.internet._driver_py import valuesOf as valuesOf
