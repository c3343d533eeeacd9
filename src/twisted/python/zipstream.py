"""
Unpacking ZIP archives little by little, so that a reactor is not held up.

L{unzipIterChunky} unpacks; L{ChunkingZipFile} reads one file of an archive.
"""

from __future__ import annotations

import io
import os
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any

from twisted.python.filepath import FilePath, InsecurePath

__all__ = [
    "DIR_BIT",
    "ChunkingZipFile",
    "DeflatedZipFileEntry",
    "ZipFileEntry",
    "countFileChunks",
    "countZipFileChunks",
    "unzipIterChunky",
]

DIR_BIT = 16
"""In the attributes that DOS gives a file: it is a directory."""

_LOCAL_HEADER = 30
_AT_LENGTHS = 26
_READ_AHEAD = 16 * 1024


class ChunkingZipFile(zipfile.ZipFile):
    """
    An archive whose files can be read side by side.
    """

    def readfile(self, name: str) -> _FileEntry:
        """
        Read a file of it.

        @param name: how it is called in the archive.
        @return: a file object, to be read from and closed.
        @raise KeyError: if there is none of that name.
        @raise zipfile.BadZipFile: if it is damaged, or packed in a way that is
            not known.
        @raise RuntimeError: if the archive is closed, or was opened for
            writing.
        """
        if self.mode != "r" or self.fp is None:
            raise RuntimeError("to read from an archive, open it for reading")
        info = self.getinfo(name)
        kind = _KINDS.get(info.compress_type)
        if kind is None:
            raise zipfile.BadZipFile(f"{name!r}: unsupported compression {info.compress_type}")
        # It compares the two headers of the file.
        self.open(info).close()
        self.fp.seek(info.header_offset + _AT_LENGTHS)
        lengths = self.fp.read(4)
        skipped = int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
        self.fp.seek(info.header_offset + _LOCAL_HEADER + skipped)
        return kind(self, info.compress_size)


class _FileEntry(io.RawIOBase):
    """
    A file in an archive, read from the front to the end.

    @ivar chunkingZipFile: the archive.
    @ivar length: how many bytes of the archive it takes.
    @ivar finished: whether all of it was read.
    """

    def __init__(self, chunkingZipFile: zipfile.ZipFile, length: int) -> None:
        """
        @param chunkingZipFile: the archive, whose file is where this begins.
        @param length: see above.
        """
        super().__init__()
        assert chunkingZipFile.fp is not None
        self.chunkingZipFile = chunkingZipFile
        self.fp: IO[bytes] = chunkingZipFile.fp
        self.length = length
        self.finished = 0
        self._next = self.fp.tell()
        self._end = self._next + length
        self._told = 0

    def readable(self) -> bool:
        """
        @return: true.
        """
        return True

    def tell(self) -> int:
        """
        @return: how many bytes were read.
        """
        return self._told

    def _packed(self, most: int) -> bytes:
        """
        Read from the archive, where others may have read meanwhile.
        """
        self.fp.seek(self._next)
        data = self.fp.read(min(most, self._end - self._next))
        self._next += len(data)
        return data

    def _unpacked(self, most: int) -> bytes:
        """
        @return: the next bytes of the file, at least one if there is one.
        """
        raise NotImplementedError

    def read(self, n: int | None = None) -> bytes:  # type: ignore[override]
        """
        @param n: how many bytes; all that is left by default.
        @return: them, or fewer if there are no more.
        @raise zipfile.BadZipFile: if they are damaged.
        """
        wanted = -1 if n is None else n
        pieces: list[bytes] = []
        while wanted and not self.finished:
            piece = self._unpacked(_READ_AHEAD if wanted < 0 else wanted)
            if not piece:
                self.finished = 1
            pieces.append(piece)
            wanted -= len(piece) if wanted > 0 else 0
        data = b"".join(pieces)
        self._told += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """
        Read into a buffer.

        @param buffer: what to fill.
        @return: how many bytes were read.
        """
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def next(self) -> bytes:
        """
        @return: the next line, with its end.
        @raise StopIteration: if there is none.
        """
        return next(self)

    def xreadlines(self) -> _FileEntry:
        """
        @return: this, an iterator of lines.
        """
        return self


class ZipFileEntry(_FileEntry):
    """
    A file that is not compressed.
    """

    def _unpacked(self, most: int) -> bytes:
        return self._packed(most)


class DeflatedZipFileEntry(_FileEntry):
    """
    A file that is compressed.
    """

    def __init__(self, chunkingZipFile: zipfile.ZipFile, length: int) -> None:
        """
        @param chunkingZipFile: the archive, whose file is where this begins.
        @param length: how many bytes of the archive it takes.
        """
        super().__init__(chunkingZipFile, length)
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)

    def _unpacked(self, most: int) -> bytes:
        inflater = self._inflater
        try:
            while not inflater.eof:
                packed = inflater.unconsumed_tail or self._packed(_READ_AHEAD)
                data = inflater.decompress(packed, most)
                if data:
                    return data
                if not packed:
                    raise zipfile.BadZipFile("the compressed data has no end")
        except zlib.error as damage:
            raise zipfile.BadZipFile(str(damage))
        return b""


_KINDS: dict[int, type[_FileEntry]] = {
    zipfile.ZIP_STORED: ZipFileEntry,
    zipfile.ZIP_DEFLATED: DeflatedZipFileEntry,
}


def countFileChunks(zipinfo: zipfile.ZipInfo, chunksize: int) -> int:
    """
    @param zipinfo: a file in an archive.
    @param chunksize: how many bytes are unpacked at once.
    @return: how often that has to be done for it, at least once.
    """
    return max(1, -(-zipinfo.file_size // chunksize))


def countZipFileChunks(filename: str, chunksize: int) -> int:
    """
    @param filename: the path of an archive.
    @param chunksize: how many bytes are unpacked at once.
    @return: how often that has to be done for all of it.
    """
    with ChunkingZipFile(filename) as archive:
        return sum(countFileChunks(info, chunksize) for info in archive.infolist())


def _targetOf(directory: FilePath[str], name: str) -> FilePath[str]:
    """
    Find where a file of an archive goes: never out of the directory.
    """
    if name.startswith("/"):
        raise InsecurePath(f"{name!r} is absolute")
    return directory.descendant([segment for segment in name.split("/") if segment])


def unzipIterChunky(
    filename: str, directory: str = ".", overwrite: int = 0, chunksize: int = 4096
) -> Iterator[int]:
    """
    Unpack an archive, a piece for each item of the iterator.

    @param filename: the path of the archive.
    @param directory: where its files go; made if it does not exist.
    @param overwrite: whether to replace files that exist; otherwise they stay.
    @param chunksize: how many bytes are unpacked at once.
    @return: an iterator of how many pieces are left.
    @raise InsecurePath: if a file of it would go elsewhere.  Then nothing is
        unpacked.
    @raise zipfile.BadZipFile: if it is damaged.
    """
    base = FilePath(directory)
    with ChunkingZipFile(filename) as archive:
        targets = [(info, _targetOf(base, info.filename)) for info in archive.infolist()]
        left = sum(countFileChunks(info, chunksize) for info, _ in targets)
        base.makedirs(ignoreExistingDirectory=True)
        for info, target in targets:
            after = left - countFileChunks(info, chunksize)
            if info.is_dir() or info.external_attr & DIR_BIT:
                target.makedirs(ignoreExistingDirectory=True)
            elif overwrite or not os.path.lexists(target.path):
                target.parent().makedirs(ignoreExistingDirectory=True)
                with archive.readfile(info.filename) as source, target.open("w") as out:
                    while left > after + 1:
                        out.write(source.read(chunksize))
                        left -= 1
                        yield left
                    out.write(source.read(chunksize))
            left = after
            yield left
