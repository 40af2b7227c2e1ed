"""The data sets that come with iqabench, each with its reader. No reader is imported before it is used."""

from __future__ import annotations

from iqabench.data.contract import declare_dataset

PIPAL = declare_dataset(
    "pipal",
    "iqabench.data.pipal:read_pipal",
    "PIPAL: 200 contents x 116 restorations and distortions, Elo scores (label files and images as released)",
    "the folder that holds Train_Label and the image folders",
)

VOTES = declare_dataset(
    "votes",
    "iqabench.data.votes:read_votes",
    "Forced choices between restorations: images/METHOD/CONTENT.png, images/LR/CONTENT.png, votes.csv",
    "the folder that holds votes.csv and images",
)

MANIFEST = declare_dataset(
    "manifest",
    "iqabench.data.manifest:read_manifest",
    "Any CSV with a column 'image' and, where known, degraded, pristine, content, algorithm, mos",
    "the CSV file, or a folder that holds manifest.csv",
)

MINI = declare_dataset(
    "mini",
    "iqabench.data.mini:read_mini",
    "A small dataset inside the package, with computed labels: for trying out and for tests",
)

BAPPS = declare_dataset(
    "bapps",
    "iqabench.data.bapps:read_bapps",
    "BAPPS 2AFC: 2afc/PART/CATEGORY/{ref,p0,p1,judge}, shares of people who chose p1",
    "the folder that holds 2afc",
)

SETS = declare_dataset(
    "sets",
    "iqabench.data.restored_sets:read_restored_sets",
    "Restored sets without labels: SET/ALGORITHM/NAME.png, SET/LR/NAME.png, SET/GT/NAME.png",
    "the folder that holds the sets",
)
