# The echo server as an application: twistd -ny echo_server.tac
# ECHO_PORT in the environment stands in for 8000.
import os

from echo import EchoFactory

from twisted.application import internet, service

application = service.Application("echo")
echoService = internet.TCPServer(int(os.environ.get("ECHO_PORT", "8000")), EchoFactory())
echoService.setServiceParent(application)
