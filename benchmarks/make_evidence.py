"""Make ``benchmarks/evidence/sr-votes.json``, which 'iqabench recommend' reads, from the stored runs and the votes.

::

    python -m benchmarks.make_evidence VOTES_FOLDER

The votes are not ours to publish, so they are no part of ``results/``: ``VOTES_FOLDER`` is the data set of votes, whose
digest must be the one that the results name. What is written are figures over all contents, from which no vote can be
read.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from benchmarks import EVIDENCE
from iqabench._util.errors import DataError
from iqabench._util.files import write_atomically
from iqabench.data.open import open_dataset
from iqabench.predict.advice.evidence import Evidence, as_text, evidence_of
from iqabench.results.store import load_results

RESULTS = Path(__file__).resolve().parents[1] / "results"
NAME = "sr-votes"


def made(votes_folder: Path) -> Evidence:
    """The evidence of the runs in ``results/`` on the votes in a folder.

    Raises
    ------
    DataError
        If the votes are not those that the runs were judged by.
    """
    (results,) = load_results(RESULTS, NAME)
    votes = open_dataset("votes", votes_folder, require_images=False).votes
    text = "" if votes is None else votes.to_csv(index=False, lineterminator="\n")
    if sha256(text.encode()).hexdigest() != results.card["votes_sha256"]:
        raise DataError(
            f"{votes_folder}: other votes than those of results/{NAME}; name the folder that they came from"
        )
    found = evidence_of(replace(results, votes=votes))
    if found is None:
        raise DataError(f"results/{NAME}: no run that can be ranked")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Make the evidence that 'iqabench recommend' reads.")
    parser.add_argument("votes", type=Path, help="The data set of votes: votes.csv and images.")
    write_atomically(EVIDENCE / f"{NAME}.json", as_text(made(parser.parse_args().votes)))
