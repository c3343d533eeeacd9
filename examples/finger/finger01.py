"""The skeleton: a reactor that runs and has nothing to do."""

from twisted.internet import reactor

reactor.run()
