"""Errors that a user can act on.

Everything that is wrong with what the user gave us (a file, a row, an option) is raised as a
:class:`UserError`; the command line prints its one message and exits with 2, without a traceback.
"""

from __future__ import annotations

from iqabench._util.text import clear_message


class UserError(Exception):
    """Bad input: the message says which file or row, what is wrong, and what to do about it.

    Messages quote what files hold, so control characters are written out and very long quotes shortened.
    """

    def __str__(self) -> str:
        return clear_message(super().__str__())


class DataError(UserError):
    """An image, a label file, a manifest or a vote file cannot be used as it is."""


class SplitError(UserError):
    """A split leaks a content or an algorithm, or does not fit the dataset."""


class WeightsError(UserError):
    """Pretrained weights cannot be had, or are not the ones they claim to be."""


class FetchError(UserError):
    """A file cannot be fetched, or what came is not what it should be."""


class MethodError(UserError):
    """A method is unknown, cannot be imported, or breaks the method contract."""


class MissingExtraError(MethodError):
    """A method is known, and what it needs is not installed: where several are asked for, the others go on."""


class StorageError(UserError):
    """A result cannot be written: the disk is full or read-only, or permission is missing. It stops the command."""
