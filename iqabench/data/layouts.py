"""The data sets that come with iqabench, each with its reader. No reader is imported before it is used."""

from __future__ import annotations

from iqabench.data.contract import declare_dataset

PIPAL = declare_dataset(
    "pipal",
    "iqabench.data.pipal:read_pipal",
    "PIPAL: 200 contents x 116 restorations and distortions, Elo scores (label files and images as released)",
    "the folder that holds Train_Label and the image folders",
)

PIPAL_NTIRE = declare_dataset(
    "pipal-ntire",
    "iqabench.data.readers.pipal_ntire:read_pipal_ntire",
    "PIPAL's part for the NTIRE challenges, without labels: 25 contents x 40 images, scores to submit",
    "the folder that holds the restored and the pristine images",
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

SRIQA_BENCH = declare_dataset(
    "sriqa-bench",
    "iqabench.data.readers.sriqa_bench:read_sriqa_bench",
    "SRIQA-Bench: 100 real small images x 10 super-resolution algorithms, MOS within a content, single judges' choices",
    "the folder that holds LRImages, images, MOS and labels",
)

QADS = declare_dataset(
    "qads",
    "iqabench.data.readers.qads:read_qads",
    "QADS: 20 pictures x 49 super-resolution results, MOS; no degraded images",
    "the folder that holds super-resolved_images and mos_with_names.txt",
)

REALSRQ = declare_dataset(
    "realsrq",
    "iqabench.data.readers.realsrq:read_realsrq",
    "RealSRQ: 60 real small images at x2, x3 and x4, ten super-resolution algorithms, Bradley-Terry scores",
    "the folder that holds subj_BT_score.mat, HR_LR_pairs and SR_results",
)

TID2013 = declare_dataset(
    "tid2013",
    "iqabench.data.readers.tid2013:read_tid2013",
    "TID2013: 25 pictures x 24 distortions x 5 levels, MOS",
    "the folder that holds mos_with_names.txt, distorted_images and reference_images",
)

KADID10K = declare_dataset(
    "kadid10k",
    "iqabench.data.readers.kadid10k:read_kadid10k",
    "KADID-10k: 81 pictures x 25 distortions x 5 levels, MOS (though it is called DMOS there)",
    "the folder that holds dmos.csv and images",
)

CSIQ = declare_dataset(
    "csiq",
    "iqabench.data.readers.csiq:read_csiq",
    "CSIQ: 30 pictures, 866 distorted images, DMOS: lower is better",
    "the folder that holds csiq.DMOS.xlsx or csiq_label.txt, dst_imgs and src_imgs",
)

LIVE = declare_dataset(
    "live",
    "iqabench.data.readers.live:read_live",
    "LIVE release 2: 29 pictures, 779 distorted images, DMOS: lower is better",
    "the folder that holds dmos_realigned.mat or dmos.mat, refnames_all.mat, refimgs, jp2k, ...",
)

KONIQ10K = declare_dataset(
    "koniq10k",
    "iqabench.data.readers.koniq10k:read_koniq10k",
    "KonIQ-10k: 10,073 photographs without any reference, MOS, the official split",
    "the folder that holds koniq10k_distributions_sets.csv and 1024x768 or 512x384",
)

SPAQ = declare_dataset(
    "spaq",
    "iqabench.data.readers.spaq:read_spaq",
    "SPAQ: 11,125 photographs of telephones without any reference, MOS",
    "the folder that holds TestImage and Annotations",
)

LIVE_CHALLENGE = declare_dataset(
    "live-challenge",
    "iqabench.data.readers.live_challenge:read_live_challenge",
    "LIVE Challenge: 1,162 photographs without any reference, MOS",
    "the folder that holds Images and Data",
)

PIEAPP = declare_dataset(
    "pieapp",
    "iqabench.data.readers.pieapp:read_pieapp",
    "PieAPP, test part: 40 pictures x 15 distortions, choices of 40 people between two, scores: lower is better",
    "the folder that holds labels and the images",
)
