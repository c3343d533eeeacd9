from twisted.internet._chain_py import CallbackChain as CallbackChain
