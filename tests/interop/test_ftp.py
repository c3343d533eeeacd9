"""
Our FTP server with the clients of others, and our client with the server of others.
"""

from __future__ import annotations

import ftplib
import io
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.deploying_support import end, start, twistd, waitFor
from tests.support import runReactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.epollreactor import EPollReactor
from twisted.internet.protocol import ClientCreator, Protocol
from twisted.protocols.ftp import CommandFailed, FTPClient, FTPFileListProtocol, _client

pytestmark = pytest.mark.interop
needsCurl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
needsLftp = pytest.mark.skipif(shutil.which("lftp") is None, reason="lftp is not installed")
VSFTPD = shutil.which("vsftpd", path=os.environ.get("PATH", "") + ":/usr/sbin")

BIG = os.urandom(3_000_000)


class Server:
    """Ours, as a process."""

    def __init__(self, home: Path, port: int) -> None:
        self.home = home
        self.port = port
        self.url = f"ftp://me:secret@127.0.0.1:{port}/"

    def curl(self, *words: str, check: bool = True, url: str = "") -> bytes:
        """What curl prints."""
        command = ["curl", "-sS", "--max-time", "20", self.url + url, *words]
        done = subprocess.run(command, capture_output=True)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout if check else done.stderr


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    where = tmp_path_factory.mktemp("ftp")
    home = where / "home" / "me"
    home.mkdir(parents=True)
    (where / "public").mkdir()
    (where / "public" / "README").write_text("for everybody\n")
    (where / "passwords").write_text("me:secret\n")
    words = ["ftp", "-p", "tcp:0:interface=127.0.0.1", "-r", os.fspath(where / "public")]
    words += ["--userHome", os.fspath(where / "home"), "--auth", f"file:{where / 'passwords'}"]
    process = start(twistd("-n", "--pidfile=", *words), where)
    try:
        assert process.stdout is not None
        seen = []
        for line in process.stdout:
            seen.append(line)
            found = re.search(r"FTPFactory starting on (\d+)", line)
            if found:
                break
        else:
            raise AssertionError("".join(seen))
        yield Server(home, int(found[1]))
    finally:
        end(process)


@needsCurl
class TestCurl:
    @pytest.mark.parametrize("how", ["", "--disable-epsv", "--ftp-port=-", "--disable-eprt"])
    def test_fetchingAndListing(self, server: Server, how: str) -> None:
        (server.home / "big").write_bytes(BIG)
        words = [how] if how else []
        if how == "--disable-eprt":
            words = ["--ftp-port=-", how]
        words = [part for word in words for part in word.split("=")]
        assert server.curl(*words, url="big") == BIG
        assert b" 3000000 " in server.curl(*words)
        assert b"big\n" in server.curl("--list-only", *words)

    def test_storingAddingAndGoingOn(self, server: Server, tmp_path: Path) -> None:
        (tmp_path / "it").write_bytes(BIG)
        server.curl("-T", os.fspath(tmp_path / "it"), url="stored")
        assert (server.home / "stored").read_bytes() == BIG
        (tmp_path / "more").write_bytes(b"more")
        server.curl("-T", os.fspath(tmp_path / "more"), "--append", url="stored")
        assert (server.home / "stored").read_bytes() == BIG + b"more"
        (server.home / "part").write_bytes(BIG[:1000])
        server.curl("-T", os.fspath(tmp_path / "it"), "-C", "-", url="part")
        assert (server.home / "part").read_bytes() == BIG
        (tmp_path / "got").write_bytes(BIG[:1000])
        server.curl("-C", "-", "-o", os.fspath(tmp_path / "got"), url="part")
        assert (tmp_path / "got").read_bytes() == BIG

    def test_textMode(self, server: Server) -> None:
        (server.home / "text").write_bytes(b"a\nb\n")
        assert server.curl("--use-ascii", url="text") == b"a\nb\n"

    def test_directoriesAndNames(self, server: Server, tmp_path: Path) -> None:
        (tmp_path / "it").write_bytes(b"x")
        server.curl(
            "-T", os.fspath(tmp_path / "it"), "--ftp-create-dirs", url="a/r%C3%A9sum%C3%A9/x%20y"
        )
        assert (server.home / "a" / "résumé" / "x y").read_bytes() == b"x"
        server.curl("-Q", "RNFR a/résumé/x y", "-Q", "RNTO a/z", "--head")
        assert set(os.listdir(server.home / "a")) == {"z", "résumé"}
        server.curl("-Q", "DELE a/z", "-Q", "RMD a/résumé", "-Q", "RMD a", "--head")
        assert not (server.home / "a").exists()

    def test_sizeAndTime(self, server: Server) -> None:
        (server.home / "dated").write_bytes(b"hello")
        os.utime(server.home / "dated", (1e9, 1e9))
        head = server.curl("--head", url="dated")
        assert b"Content-Length: 5\r\n" in head
        assert b"Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT\r\n" in head

    def test_whatIsNotThere(self, server: Server) -> None:
        assert b"curl: (78)" in server.curl(url="nothing", check=False)
        assert b"curl: (9)" in server.curl(url="nowhere/", check=False)

    def test_anonymousUsersReadOnly(self, server: Server, tmp_path: Path) -> None:
        public = f"ftp://127.0.0.1:{server.port}/README"
        assert subprocess.check_output(["curl", "-sS", public]) == b"for everybody\n"
        (tmp_path / "it").write_bytes(b"x")
        done = subprocess.run(
            ["curl", "-sS", "-T", os.fspath(tmp_path / "it"), public], capture_output=True
        )
        assert done.returncode == 25, done.stderr

    def test_aWrongPassword(self, server: Server) -> None:
        url = f"ftp://me:wrong@127.0.0.1:{server.port}/"
        done = subprocess.run(["curl", "-sS", url], capture_output=True)
        assert done.returncode == 67


@needsLftp
def test_lftpMirrorsADirectoryThereAndBack(server: Server, tmp_path: Path) -> None:
    (tmp_path / "tree" / "sub dir").mkdir(parents=True)
    (tmp_path / "tree" / "sub dir" / "f").write_bytes(BIG)
    (tmp_path / "tree" / "é").write_bytes(b"")
    script = (
        f"set net:timeout 20; open -u me,secret 127.0.0.1:{server.port};"
        f" mirror -R {tmp_path}/tree mirrored; mirror mirrored {tmp_path}/back; rm -r mirrored; bye"
    )
    done = subprocess.run(["lftp", "-c", script], capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "back" / "sub dir" / "f").read_bytes() == BIG
    assert (tmp_path / "back" / "é").read_bytes() == b""
    assert not (server.home / "mirrored").exists()


@contextmanager
def session(server: Server) -> Iterator[ftplib.FTP]:
    with ftplib.FTP(timeout=20) as client:
        client.connect("127.0.0.1", server.port)
        client.login("me", "secret")
        yield client


class TestFtplib:
    def test_abortingADownload(self, server: Server) -> None:
        (server.home / "endless").write_bytes(BIG * 20)
        with session(server) as client:
            client.voidcmd("TYPE I")
            data = client.transfercmd("RETR endless")
            data.recv(1000)
            # Out of band, with Telnet's signal, as the standard has it.
            assert client.abort().startswith("426")
            assert client.voidresp().startswith("226")
            data.close()
            assert client.pwd() == "/"

    def test_anUploadThatBreaks(self, server: Server) -> None:
        with session(server) as client:
            client.voidcmd("TYPE I")
            data = client.transfercmd("STOR broken")
            data.sendall(b"x" * 1000)
            data.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            data.close()
            with pytest.raises(ftplib.error_temp, match="426"):
                client.voidresp()
            assert client.pwd() == "/"

    def test_aClientThatGoesAwayInTheMiddle(self, server: Server) -> None:
        (server.home / "endless").write_bytes(BIG * 20)
        with session(server) as client:
            data = client.transfercmd("RETR endless")
            data.close()
            with pytest.raises(ftplib.error_temp, match="426"):
                client.voidresp()
            assert client.pwd() == "/"

    def test_somebodyElseAtTheDataPort(self, server: Server) -> None:
        with session(server) as client:
            _, port = client.makepasv()
            # Another address of this machine, as another machine would have.
            with socket.socket() as thief:
                thief.bind((_otherAddress(), 0))
                try:
                    thief.connect(("127.0.0.1", port))
                    thief.settimeout(5)
                    assert thief.recv(1) == b""
                except ConnectionError:
                    pass
            with socket.create_connection(("127.0.0.1", port), 30) as data:
                assert client.sendcmd("NLST").startswith("1")
                assert data.recv(1000)
            assert client.voidresp().startswith("226")

    def test_aDataConnectionThatDoesNotCome(self, server: Server) -> None:
        with session(server) as client:
            client.makepasv()
            began = time.monotonic()
            client.putcmd("LIST")
            assert client.getresp().startswith("150")
            with pytest.raises(ftplib.error_temp, match="425"):
                client.getresp()
            assert time.monotonic() - began < 15


def _otherAddress() -> str:
    """An address of this machine that is no loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            pytest.skip("this machine has no address but the loopback")
        return str(probe.getsockname()[0])


@pytest.mark.skipif(VSFTPD is None, reason="vsftpd is not installed")
@pytest.mark.parametrize("passive", [1, 0])
def test_ourClientWithVsftpd(tmp_path: Path, passive: int) -> None:
    if os.getuid() != 0:
        pytest.skip("vsftpd is to be started by root")
    root = tmp_path / "root"
    root.mkdir()
    (root / "hello").write_bytes(BIG)
    (root / "up").mkdir()
    for each in (tmp_path.parent.parent, tmp_path.parent, tmp_path):
        each.chmod(0o755)
    (root / "up").chmod(0o777)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "vsftpd.conf"
    config.write_text(
        f"listen=YES\nbackground=NO\nlisten_address=127.0.0.1\nlisten_port={port}\n"
        f"anonymous_enable=YES\nanon_root={root}\nwrite_enable=YES\nanon_upload_enable=YES\n"
        "anon_mkdir_write_enable=YES\nanon_other_write_enable=YES\nanon_umask=022\n"
        "connect_from_port_20=NO\nseccomp_sandbox=NO\nsecure_chroot_dir=/var/run/vsftpd/empty\n"
    )
    os.makedirs("/var/run/vsftpd/empty", exist_ok=True)
    process = start([str(VSFTPD), os.fspath(config)], tmp_path)
    try:
        waitFor(lambda: _listens(port))
        _useClient(port, passive)
    finally:
        end(process)
    assert (root / "up" / "back").read_bytes() == BIG[1000:]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class _Keeping(Protocol):
    def __init__(self) -> None:
        self.data = io.BytesIO()

    def dataReceived(self, data: bytes) -> None:
        self.data.write(data)


def _useClient(port: int, passive: int) -> None:
    """Do what a client does, over a reactor of its own."""
    reactor: Any = EPollReactor()
    results: list[Any] = []

    @inlineCallbacks
    def use() -> Any:
        client: Any = yield ClientCreator(
            reactor, FTPClient, "anonymous", "me@example.org", passive
        ).connectTCP("127.0.0.1", port)
        client.connectFactory = reactor.connectTCP
        listing = FTPFileListProtocol()
        yield client.list("/", listing)
        assert {each["filename"] for each in listing.files} == {"hello", "up"}
        got = _Keeping()
        yield client.retrieveFile("hello", got, 1000)
        assert got.data.getvalue() == BIG[1000:]
        try:
            yield client.retrieveFile("nothing", _Keeping())
        except CommandFailed as error:
            assert error.args[0][-1].startswith("550")
        yield client.cwd("up")
        assert (yield client.getDirectory()) == "/up"
        sending, done = client.storeFile("there")
        sender: Any = yield sending
        sender.write(BIG[1000:])
        sender.finish()
        yield done
        yield client.rename("there", "back")
        yield client.makeDirectory("made")
        yield client.removeDirectory("made")
        yield client.quit()

    def begin() -> None:
        use().addBoth(results.append).addBoth(lambda ignored: reactor.stop())

    reactor.callWhenRunning(begin)
    try:
        with patch.object(_client, "globalReactor", lambda: reactor):
            runReactor(reactor, 30)
    finally:
        reactor.disconnectAll()
    assert results == [None], results
