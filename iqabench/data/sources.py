"""Where human-judged data sets can be fetched from, under whose terms, and what must come out: data, no code.

A set may stand here before it has a reader, and a reader may do without a source. Nothing of a set is kept in the
package. Addresses change: ``iqabench data fetch NAME --from PLACE`` takes another one, or a file got by hand.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from iqabench._util.errors import UserError
from iqabench._util.transfer.places import DriveFile, HubFile, Place

_HUB = "chaofengc/IQA-PyTorch-Datasets"
_TABLES = "chaofengc/IQA-PyTorch-Datasets-metainfo"


class Holding(NamedTuple):
    """What must be in a set's folder."""

    paths: str
    """A file or folder; of several with ``|`` between them one is enough. ``*`` stands for anything."""
    images: int = 0
    """Images that must be in it, at least; 0: that it is there is enough."""


@dataclass(frozen=True)
class SourcePart:
    """One download of a set."""

    name: str
    what: str
    """What is in it, for people."""
    places: tuple[Place, ...]
    """Tried in this order."""
    holds: tuple[Holding, ...] = ()
    """What must come out of the archive; for the first part, below the set's root."""
    packed: bool = True
    """False for a file that is taken as it is."""
    folder: str = ""
    """Folder below the root that it goes to; the first part is the root itself."""
    optional: bool = False
    """True if the set is of use without it."""
    size: int | None = None
    """Bytes on the disk once it is unpacked, as far as that is known before it is fetched."""


@dataclass(frozen=True)
class DataSource:
    """Where one data set comes from."""

    name: str
    what: str
    """What was judged, for people."""
    terms: str
    page: str
    """The authors' page, or where it can be had by hand."""
    parts: tuple[SourcePart, ...] = ()
    """Its downloads, the images first; empty if none is known: then it must be got by hand."""


_TERMS = "its authors' own terms, for research; read them on their page before you use or pass on anything"


def _from_hub(name: str, file: str, what: str, page: str, *holds: Holding) -> DataSource:
    part = SourcePart("archive", "images and labels", (HubFile(_HUB, file),), holds)
    return DataSource(name, what, _TERMS, page, (part,))


SOURCES: dict[str, DataSource] = {
    source.name: source
    for source in (
        DataSource(
            "pipal",
            "200 contents x 116 restorations and distortions, Elo scores",
            _TERMS,
            "https://www.jasongt.com/projectpages/pipal.html",
            (
                SourcePart(
                    "archive",
                    "restored and pristine images",
                    (HubFile(_HUB, "pipal.tar"),),
                    (Holding("Dist_Imgs", 23_200), Holding("Train_Ref", 200)),
                    size=23_400 * (288 * 288 * 3 + 54),
                ),
                SourcePart("labels", "labels", (HubFile(_TABLES, "meta_info_PIPALDataset.csv"),), packed=False),
                SourcePart(
                    "degraded",
                    "degraded references of the CKDN authors",
                    (DriveFile("1OMtWZupCwTo_Z-lI2Gywv9Ggexi9tt6K", "pipal-degraded.archive"),),
                    (Holding("ref_A????_??_??.bmp", 17_800),),
                    folder="Degraded",
                    optional=True,
                ),
            ),
        ),
        DataSource(
            "sriqa-bench",
            "100 contents x 10 super-resolution algorithms and the original, forced choices",
            "non-commercial research only, no redistribution",
            "https://drive.google.com/file/d/1LhtLNDl6Jxwi6CPPVjX2_w4zIDRLFfbO/view",
            (
                SourcePart(
                    "archive",
                    "inputs, results, MOS and choices",
                    (DriveFile("1LhtLNDl6Jxwi6CPPVjX2_w4zIDRLFfbO", "sriqa-bench.archive"),),
                    (Holding("LRImages", 100), Holding("images", 1_100), Holding("MOS"), Holding("labels")),
                ),
            ),
        ),
        DataSource(
            "qads",
            "20 contents x 49 super-resolution results",
            _TERMS,
            "http://www.vista.ac.cn/super-resolution/",
        ),
        DataSource("realsrq", "60 real inputs x 3 factors, 1,620 super-resolution results", _TERMS, ""),
        _from_hub(
            "tid2013",
            "tid2013.tgz",
            "25 contents x 24 distortions x 5 levels",
            "https://www.ponomarenko.info/tid2013.htm",
            Holding("distorted_images", 3_000),
            Holding("reference_images", 25),
            Holding("mos_with_names.txt"),
        ),
        _from_hub(
            "kadid10k",
            "kadid10k.tgz",
            "81 contents x 25 distortions x 5 levels",
            "https://database.mmsp-kn.de/kadid-10k-database.html",
            Holding("images", 10_206),
            Holding("dmos.csv"),
        ),
        _from_hub(
            "csiq",
            "csiq.tgz",
            "30 contents, 866 distorted images",
            "https://s2.smu.edu/~eclarson/csiq.html",
            Holding("dst_imgs", 866),
            Holding("src_imgs", 30),
        ),
        _from_hub(
            "live",
            "live.tgz",
            "LIVE release 2: 29 contents, 779 distorted images",
            "https://live.ece.utexas.edu/research/quality/subjective.htm",
            Holding("refimgs", 29),
            Holding("jp2k", 169),
            Holding("jpeg", 175),
            *(Holding(kind, 145) for kind in ("wn", "gblur", "fastfading")),
        ),
        _from_hub(
            "koniq10k",
            "koniq10k.tgz",
            "10,073 photographs, no reference",
            "https://database.mmsp-kn.de/koniq-10k-database.html",
            Holding("512x384|1024x768", 10_073),
        ),
        _from_hub(
            "spaq",
            "spaq.tgz",
            "11,125 smartphone photographs, no reference",
            "https://github.com/h4nwei/SPAQ",
            Holding("TestImage", 11_125),
            Holding("Annotations"),
        ),
        _from_hub(
            "live-challenge",
            "live_challenge.tgz",
            "1,162 photographs, no reference",
            "https://live.ece.utexas.edu/research/ChallengeDB/index.html",
            Holding("Images", 1_162),
            Holding("Data"),
        ),
        _from_hub(
            "pieapp",
            "pieapp.tgz",
            "pairwise preferences of distorted images",
            "https://github.com/prashnani/PerceptualImageError",
            Holding("ref|reference_images", 1),
            Holding("distortions|distorted_images", 1),
            Holding("labels"),
        ),
        _from_hub(
            "bapps",
            "bapps.tgz",
            "two-alternative forced choices of patches",
            "https://github.com/richzhang/PerceptualSimilarity",
            Holding("2afc", 3),
        ),
        DataSource(
            "votes",
            "forced choices between super-resolution results (sr-votes)",
            _TERMS,
            "https://github.com/hamzafer/super-resolution-color",
        ),
    )
}
"""Every known source by the name of its data set."""


def source_of_data(name: str) -> DataSource:
    """The source of the data set ``name``.

    Raises
    ------
    UserError
        If none is known.
    """
    if name not in SOURCES:
        raise UserError(
            f"no source is known for a data set {name!r}; known: {', '.join(SOURCES)}. If you have it, "
            f"'iqabench data root {name} DIR' remembers where it lies"
        )
    return SOURCES[name]
