"""
Where we differ from Twisted 26.10, one line each, with the reason.

What stands here must differ: a test of L{TESTS} that passes, or a name of
L{API} that is as there, is an error like its opposite, and the line has to go.
L{EITHER} is for what the original leaves open, too.
L{NOT_BUILT} and L{NOT_YET} have what is still to be written; what of it is
there is held as strictly as all else.
"""

from __future__ import annotations

PRIVATE = "tests a private name of the original"
ITSELF = "it names the project"
BYTES = "data, as everywhere: bytes hides the type"
TYPING = "a name of typing which the module does not define"
CKEYGEN = "the command ckeygen comes with conch"
DETAIL = "tests how the original does it, not what it does"

#: Tests of genuine Twisted's suite that fail: by id, or by class with C{.*}.
TESTS: dict[str, str] = {
    "twisted.internet.test.test_tcp.BuffersLogsTests.*": f"{PRIVATE}: tcp._BuffersLogs",
    "twisted.internet.test.test_tcp.FileDescriptorReservationTests.*": (
        f"{PRIVATE}: tcp._FileDescriptorReservation"
    ),
    "twisted.internet.test.test_tcp.NullFileDescriptorReservationTests.*": (
        f"{PRIVATE}: tcp._NullFileDescriptorReservation"
    ),
    "twisted.logger.test.test_filter.FilteringLogObserverTests.test_shouldLogEventNoFilter": (
        f"{PRIVATE}: bitbucketLogObserver"
    ),
    "twisted.logger.test.test_filter.FilteringLogObserverTests.test_shouldLogEventYesNoFilter": (
        f"{PRIVATE}: bitbucketLogObserver"
    ),
    "twisted.logger.test.test_flatten.FlatFormattingTests.test_extractFieldFlattenFirst": (
        f"{PRIVATE}: logger._flatten"
    ),
    "twisted.logger.test.test_flatten.FlatFormattingTests.test_f*": f"{PRIVATE}: logger._flatten",
    "twisted.logger.test.test_flatten.FlatFormattingTests.test_keyFlattening": (
        f"{PRIVATE}: logger._flatten"
    ),
    "twisted.protocols.test.test_basic.NetstringReceiverTests.test_consumeLength": (
        f"{PRIVATE}: _consumeLength; the framer has no I/O and no such method"
    ),
    "twisted.protocols.test.test_basic.NetstringReceiverTests.test_consumeLengthBorderCase1": (
        f"{PRIVATE}: _consumeLength"
    ),
    "twisted.protocols.test.test_basic.NetstringReceiverTests.test_consumeLengthBorderCase2": (
        f"{PRIVATE}: _consumeLength"
    ),
    "twisted.protocols.test.test_basic.NetstringReceiverTests.test_consumeLengthBorderCase3": (
        f"{PRIVATE}: _consumeLength"
    ),
    "twisted.protocols.test.test_basic.NetstringReceiverTests.test_receiveNetstringPortions_1": (
        f"{PRIVATE}: _payloadComplete"
    ),
    "twisted.protocols.test.test_basic.NetstringReceiverTests.test_receiveTwoNetstrings": (
        f"{PRIVATE}: _payloadComplete"
    ),
    "twisted.python.test.test_util.InitGroupsTests.test_initgroupsInStdlib": (
        f"{DETAIL}: that util.py imports setgroups"
    ),
    "twisted.python.test.test_util.SwitchUIDTests.test_euid": (
        "without a group, ours asks for that of this process: initgroups refuses None"
    ),
    "twisted.python.test.test_util.SwitchUIDTests.test_uid": (
        "without a group, ours asks for that of this process: initgroups refuses None"
    ),
    "twisted.test.test_defer.DeferredTests.test_DEFERRED_SUBCLASSES": (
        f"{PRIVATE}: _DEFERRED_SUBCLASSES, which speeds up an isinstance that we do not make"
    ),
    "twisted.test.test_sslverify.AcceptableCiphersTests"
    ".test_fromOpenSSLCipherStringExpandsToTupleOfCiphers": f"{PRIVATE}: _sslverify.ICipher",
    "twisted.test.test_threadpool.MemoryBackedTests.*": (
        f"{PRIVATE}: twisted._threads.createMemoryWorker"
    ),
    "twisted.web.test.test_agent.AgentHTTPSTests.test_connectHTTPSCustomConnectionCreator": (
        f"{DETAIL}: its connection has only the methods that the original calls"
    ),
    "twisted.web.test.test_tap.ServiceTests.test_defaultPort": (
        f"{PRIVATE}: endpoints._parseServer"
    ),
}

#: Tests that may pass or fail.
EITHER: dict[str, str] = {
    "twisted.test.test_ftp.FTPServerAdvancedClientTests.test_RETRreadError": (
        "expects that a connection is accepted before a command on another one is read"
    ),
}

#: Tests that wait for what is not written yet: by module, class or id.
NOT_YET: dict[str, str] = {
    "twisted.conch.test.test_ckeygen.KeyGenTests.test_keygeneration": CKEYGEN,
    "twisted.conch.test.test_ckeygen.KeyGenTests.test_runBadKeytype": CKEYGEN,
}

#: Public names that differ, by dotted name.
API: dict[str, str] = {
    "twisted.copyright.copyright": ITSELF,
    "twisted.copyright.disclaimer": ITSELF,
    "twisted.copyright.longversion": ITSELF,
    "twisted.cred.credentials.TYPE_CHECKING": TYPING,
    "twisted.internet.TYPE_CHECKING": TYPING,
    "twisted.internet.interfaces.TYPE_CHECKING": TYPING,
    "twisted.internet.process.TYPE_CHECKING": TYPING,
    "twisted.internet.tcp.TYPE_CHECKING": TYPING,
    "twisted.python.filepath.TYPE_CHECKING": TYPING,
    "twisted.internet.asyncioreactor.AsyncioSelectorReactor.callFromThread": (
        "f, as in every other reactor"
    ),
    "twisted.internet.interfaces.Binding": "a class, which has the attributes that it documents",
    "twisted.python.rebuild.lastRebuild": "a time",
    "twisted.trial.runner.TestLoader.sorter": "on each loader; theirs has slots",
    "twisted.trial.runner.TestLoader.suiteFactory": "on each loader; theirs has slots",
    "twisted.protocols.tls.TLSMemoryBIOProtocol.dataReceived": BYTES,
    "twisted.protocols.tls.TLSMemoryBIOProtocol.write": BYTES,
    **{
        f"twisted.trial.reporter.{kind}.{method}": "names what theirs passes on"
        for kind in ("TextReporter", "TreeReporter", "VerboseTextReporter")
        for method in (
            "addError",
            "addExpectedFailure",
            "addFailure",
            "addSkip",
            "addUnexpectedSuccess",
        )
    },
}

#: Modules that are not written yet; a package stands for what is in it.
NOT_BUILT: dict[str, str] = {
    "twisted.conch": "SSH, telnet and terminals",
    "twisted.mail": "mail",
    "twisted.names": "DNS",
    "twisted.pair": "raw packets",
    "twisted.positioning": "satellite receivers",
    "twisted.protocols.shoutcast": "imports the web",
    "twisted.spread": "Perspective Broker",
    "twisted.web": "the web",
    "twisted.words": "chat",
}

#: Modules that import what need not be installed: compared only where it is.
NEEDS: dict[str, str] = {"twisted.internet.wxsupport": "wx"}
