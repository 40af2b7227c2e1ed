"""Download from Google Drive or an address with ``gdown``, and go on where an earlier process stopped."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

from iqabench._util.errors import FetchError, UserError
from iqabench._util.extras import how_to_get
from iqabench._util.files import storage_error
from iqabench._util.transfer.arrived import Arrived, ByteProgress, require_no_page
from iqabench._util.transfer.places import DriveFile, WebFile
from iqabench._util.transfer.reach import UnreachableError, asking, in_one_line

TIMEOUT_S = (10.0, 60.0)
"""To connect, and between two pieces of an answer."""
RETRIES = 2
DRIVE = "https://drive.google.com"
EXTRA = "fetch"


def bring_from_web(place: DriveFile | WebFile, folder: Path, progress: ByteProgress) -> Arrived:
    """Download ``place`` into ``folder``.

    Raises
    ------
    FetchError
        If gdown is not installed, the server cannot be reached, or it gives a page in place of the file: a quota page,
        a request for access, a login.
    """
    try:
        import gdown
        import requests
    except ImportError as error:
        raise FetchError(f"{place}: it needs gdown, which is not installed: {how_to_get(EXTRA)}") from error
    target = folder / place.name
    which: dict[str, Any] = {"id": place.id} if isinstance(place, DriveFile) else {"url": place.address}
    try:
        with asking(DRIVE if isinstance(place, DriveFile) else place.address), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of cookies that cannot be kept
            gdown.download(
                **which,
                output=str(target),
                quiet=True,
                resume=True,
                timeout=TIMEOUT_S,
                retries=RETRIES,
                progress=progress,
            )
    except UnreachableError as error:
        raise FetchError(f"{place}: {error}") from error
    except gdown.exceptions.FileURLRetrievalError as error:
        raise FetchError(
            f"{place}: Google Drive gives a page in place of the file (too many downloads today, or access denied): "
            f"try again tomorrow, or open {place.manual} in a browser"
        ) from error
    except requests.HTTPError as error:
        code = error.response.status_code if error.response is not None else "an error"
        raise FetchError(f"{place}: the server answered with HTTP {code}") from error
    except (gdown.exceptions.DownloadError, requests.RequestException) as error:
        raise FetchError(f"{place}: cannot be reached or broke off ({in_one_line(error)})") from error
    except OSError as error:  # those of the network are above
        raise storage_error(target, error) from error
    except UserError:  # of the caller's report of progress
        raise
    except KeyError as error:  # gdown looks for headers that a plain error page does not have
        raise FetchError(
            f"{place}: the server answered without the header {error}, so with no file (was it removed?): open "
            f"{place.manual} in a browser"
        ) from error
    except Exception as error:  # gdown takes for granted what an answer holds
        raise FetchError(
            f"{place}: what the server answered is no file ({in_one_line(error)}): open {place.manual} in a browser"
        ) from error
    require_no_page(target, place)
    return Arrived(target, str(place))
