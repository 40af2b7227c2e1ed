"""Command lines that together use every option of every command, and what each must come to.

They run in this order in one empty folder, so that later ones read what earlier ones have made; ``{data}`` is a folder
with what :func:`promised_data.write_data` makes. A word ``@PATTERN KEY`` is replaced by what the JSON file of that
pattern holds under the key.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Promise:
    """A command line, and what must come of it."""

    line: str
    code: int = 0
    prints: str = ""
    """Stands in standard output."""
    tells: str = ""
    """Stands in standard error."""
    makes: tuple[str, ...] = ()
    """Files or folders that it makes, as patterns."""
    style: str = "text"
    """``json`` or ``csv``, if standard output is that."""

    def words(self, data: Path) -> list[str]:
        """The words after ``iqabench``."""
        return [word.replace("{data}", str(data)) for word in shlex.split(self.line)]


MANIFEST = "--dataset manifest --root {data}/manifest.csv"
MACHINE = "--device cpu --precision fp32 --batch-size 3 --workers 1 --cache decoded --cache-gib 0.5 --weights {data}"
OVERRIDING = "--plugin {data}/mine.py --plugin {data}/override.py --allow-override"
RESTORERS = "--plugin {data}/restorer.py --plugin {data}/median.py --allow-override"
JOBS = "--cluster local --partition main --account me --time 5 --gpus 0 --cpus 1"
TRAINING = "--train-on manifest:{data}/others/manifest.csv --set started.epochs=2"
STARTED = f"--plugin {{data}}/plugin.py --split halves {TRAINING} --recipe quick"

PROMISES = (
    Promise("--version", prints="iqabench, version"),
    Promise("list splits mini --debug", prints="unseen"),
    Promise(
        f"data split {MANIFEST} --seed 3 --content-share 0.5 --algorithm-share 0.75 --out halves --allow-outside-root "
        f"--mos-direction higher {OVERRIDING}",
        prints="halves: ",
        makes=("halves/contents.csv", "halves/algorithms.csv"),
    ),
    Promise(
        f"data check {MANIFEST} --csv findings.csv --allow-outside-root --mos-direction lower {OVERRIDING}",
        prints="0 errors",
        makes=("findings.csv",),
    ),
    Promise(
        "data check --dataset manifest --root {data}/manifest.csv --against {data}/photos --against mini",
        prints="0 errors",
    ),
    Promise(
        f"data card {MANIFEST} --allow-outside-root --mos-direction lower {OVERRIDING}",
        prints="mos higher is better  False",
    ),
    Promise(
        f"run --methods ssim,gmsd {MANIFEST} --split halves --references degraded,lr-x4 --rerun --draws 5 "
        f"--timeout 100 --memory-limit 6000 --format json --allow-outside-root --mos-direction higher {MACHINE} "
        f"{OVERRIDING} --results runs",
        style="json",
        prints='"psnr"',
        tells="--draws has no effect",
        makes=("decoded", "runs/made/halves/gmsd"),
    ),
    Promise(
        f"run --methods started {MANIFEST} {STARTED} --start random --seed 0 --best --deterministic --no-anchors",
        prints="best epoch",
        tells="2 runs computed",
        makes=("runs/trained/started",),
    ),
    Promise("run --method psnr --seed 0,1 --columns method,srcc --print-config", prints='methods = "psnr"'),
    Promise(f"run --config {{data}}/run.toml --no-anchors {MANIFEST} --results configured", prints="ssim"),
    Promise(f"run --methods psnr {MANIFEST} --compile", code=2, tells="--compile is for training on a GPU"),
    Promise(f"run --methods psnr {MANIFEST} --device cuda:9", code=2, tells="--device cuda:9: not usable here"),
    Promise(f"run --methods psnr {MANIFEST} --gpus 1", code=2, tells="add --cluster slurm"),
    Promise(
        f"run --methods psnr --no-anchors {MANIFEST} {JOBS} --no-wait --results jobs",
        tells="1 job submitted",
        makes=("jobs/cluster",),
    ),
    # Collected by the last line, when it is done; the line below finds its job at work, and waits.
    Promise(
        f"reproduce {{data}}/table.toml {MANIFEST} --methods psnr {JOBS} --no-wait --plugin {{data}}/plugin.py "
        "--results more",
        tells="1 job submitted",
        makes=("more/cluster",),
    ),
    Promise(f"run --methods psnr --no-anchors {MANIFEST} {JOBS} --results jobs", prints="psnr"),
    Promise(
        "score {data}/c0-a1.png {data}/c0-degraded.png --method ssim,mine --set ssim.downsample=false --tiles 32 "
        "--csv scores.csv --html scores.html --maps --output said.json --format json --timeout 100 --memory-limit 6000 "
        f"{MACHINE} {OVERRIDING} --results runs",
        makes=("scores.csv", "scores.html", "said.json"),
    ),
    Promise(
        "score {data}/c0-a1.png {data}/c0-degraded.png --pristine {data}/c0-pristine.png --method psnr --csv psnr.csv "
        "--html psnr.html --no-maps --output psnr.md",
        makes=("psnr.csv", "psnr.md"),
    ),
    Promise(
        "score {data}/c0-a1.png {data}/c0-degraded.png --pristine {data}/c0-pristine.png --method psnr --quiet "
        "--fail-under psnr@pristine=90 --baseline psnr.csv --max-drop 0.1 --junit psnr.xml",
        code=1,
        tells="missed: c0-a1.png: psnr@pristine",
        makes=("psnr.xml",),
    ),
    Promise(
        f"score {{data}}/c0-a1.png --methods started {TRAINING} --plugin {{data}}/plugin.py --format csv",
        style="csv",
        makes=("runs/trained/started",),
    ),
    Promise(
        "table --results runs --dataset made --split halves --protocol none --seed 0 --category 00 --format csv "
        "--output t.csv --sort plcc --columns method,plcc --draws 5",
        tells="wrote t.csv",
        makes=("t.csv",),
    ),
    Promise("table --results runs --dataset made --split halves --method psnr", prints="psnr"),
    Promise("table --format latex --output board.tex", makes=("board.tex", "board.bib")),
    Promise(
        "table --results runs --dataset made --split halves --paper two-column --digits 2 --methods psnr,gmsd "
        "--references degraded --with-ablations --output paper.tex",
        makes=("paper.tex", "paper.bib"),
    ),
    Promise(
        "compare psnr ssim --results runs --dataset made --split halves --protocol none --seed 0 --category 00 "
        "--format json --draws 5",
        style="json",
        prints='"verdict"',
    ),
    Promise(
        "report --results runs --dataset made --split halves --protocol none --seed 0 --root {data}/manifest.csv "
        "--output page.html --with-ablations --draws 5",
        makes=("page.html",),
    ),
    Promise(
        "figure --results runs --dataset made --split halves --protocol none --seed 0 --category 01 --method gmsd,psnr "
        "--statistic srcc --format svg --draws 5 --output -",
        prints="SRCC with its 95 % interval",
    ),
    Promise(
        "figure --results runs --dataset made --split halves --methods gmsd --kind scatter --references all "
        "--with-ablations --output board.pdf",
        makes=("board.pdf",),
    ),
    Promise(
        "run --methods ssim --dataset manifest:{data}/manifest.csv,manifest:{data}/others/manifest.csv "
        "--with-contaminated --results both",
        prints="average rank",
        tells="4 runs computed",
    ),
    Promise("table --results both --dataset made,others --with-contaminated", prints="average rank"),
    Promise(
        "figure --results both --kind critical-difference --with-contaminated --output cd.svg",
        tells="wrote cd.svg",
        makes=("cd.svg",),
    ),
    Promise(
        f"explain gmsd --results runs --weights {{data}} {OVERRIDING} --format json",
        style="json",
        prints='"signature"',
    ),
    Promise(f'explain "@runs/made/halves/psnr/degraded/*/run.json run_id" {OVERRIDING}', prints="psnr|v"),
    Promise(
        "verify runs --sample 2 --seed 8231 --dataset made --root made={data}/manifest.csv --split halves "
        f"--allow-outside-root {MACHINE} {OVERRIDING} --format json",
        style="json",
    ),
    Promise(
        f"run --methods ssim --no-anchors {MANIFEST} --split halves --protocol sr-y-border4",
        prints="protocol=sr-y-border4/",
        tells="1 run computed",
    ),
    Promise(
        "score {data}/c0-a1.png {data}/c0-degraded.png --method psnr --protocol {data}/mine.toml",
        tells="protocol mine: luma Y (BT.601, rounded to 8 bits",
    ),
    Promise("list protocols", prints="sr-y-border4"),
    Promise("diff psnr ssim@degraded@sr-y-border4 --results runs --format json", style="json", prints='"unlike"'),
    Promise(
        f"submit runs --methods ssim,gmsd --dataset made --sample 2 --seed 5 --root made={{data}}/manifest.csv "
        f"--split halves --allow-outside-root {MACHINE} {OVERRIDING} --with-models "
        "--out archives/made.zip",
        tells="wrote archives/made.zip",
        makes=("archives/made.zip",),
    ),
    Promise(
        f"verify archives/made.zip --sample 4 --root made={{data}}/manifest.csv --split halves {OVERRIDING} "
        "--models runs --record archives/made.verified.json",
        prints="everything that can be checked here holds",
        makes=("archives/made.verified.json",),
    ),
    Promise("submit runs --method nothing --out none.zip", code=2, tells="there is no run of nothing"),
    Promise(
        'board archives --out site --title "Made images"',
        tells="2 tables, ",
        makes=("site/index.html", "site/archives/made-*.zip"),
    ),
    Promise(f"list methods {OVERRIDING} --details --format json", style="json", prints='"mine"'),
    Promise("list methods ssim meon", prints="ssim.downsample=true"),
    Promise(f"list restorers {RESTORERS}", prints="mine"),
    Promise("list datasets --plugin {data}/pairs.py --allow-override", prints="what they were restored from, by name."),
    Promise("list references", prints="lr-x4"),
    Promise(
        f"run --methods mine --plugin {{data}}/mine.py {MANIFEST} --split halves",
        prints="mine",
        tells="1 run computed, 2 already there",
    ),
    Promise("check tiny --plugin {data}/tiny.py", prints="pass  tiny"),
    Promise(f"check mine {OVERRIDING} --weights {{data}} --timeout 100", prints="pass  mine"),
    Promise(
        f"check --reader manifest:{{data}}/manifest.csv --reader mini --reader pairs:{{data}}/photos {OVERRIDING} "
        "--plugin {data}/pairs.py",
        code=2,
        prints="pass  manifest",
    ),
    Promise(
        "check --ladder ssim,mine --photos {data}/photos --contents 2 --size 64 --seed 4 --html ladder.html "
        "--plot ladder.svg --set ssim.downsample=false --format json --output ladder.json --timeout 100 "
        f"{MACHINE} {OVERRIDING}",
        tells="wrote ladder.svg",
        makes=("ladder.html", "ladder.svg", "ladder.json"),
    ),
    Promise(
        f"check --ladder started --photos {{data}}/photos --contents 1 --size 64 {TRAINING} "
        "--plugin {data}/plugin.py --results runs --format csv",
        style="csv",
        prints="started",
    ),
    Promise(
        f"check --control ssim {MANIFEST} --split halves --save --results runs",
        prints="Wrong-reference control on made",
        makes=("runs/checks/control.csv",),
    ),
    Promise(
        "synthesize --photos {data}/photos --out made --recipe {data}/cheap.toml --contents 3 --crops 2 --size 48 "
        "--validate-share 0.4 --cross --precision bf16 --without gaussian --jobs 2 --seed 7 --name small --fresh "
        f"{RESTORERS} --weights {{data}}",
        prints="made: 3 contents",
        makes=("made/manifest.csv", "made/card.toml", "made/splits/contents.csv", "made/metrics.csv"),
    ),
    Promise(
        "judge export {data}/judged/restored --degraded {data}/judged/given --choose gmad --methods mine,psnr,gmsd "
        f"--pairs 6 --seed 3 --repeats 1 --swapped 1 --obvious 2 --out asked.html --largest 0.001 "
        f"{MACHINE} {OVERRIDING}",
        tells="send along asked-images",
        makes=("asked.html", "asked-images/i0.webp"),
    ),
    Promise(
        "judge export {data}/judged/restored --degraded {data}/judged/given --method psnr,ssim --out two.html",
        makes=("two.html",),
    ),
    Promise(
        "judge import {data}/judged/a.json --page {data}/judged/page.html --out asked --obvious-level 0.1 "
        "--repeat-level 0.01 --side-level 0.01 --format csv --figure scale.svg",
        style="csv",
        prints="bradley_terry",
        tells="wrote scale.svg",
        makes=("asked/votes.csv", "asked/choices.csv", "asked/images/LR/c0.png", "scale.svg"),
    ),
    Promise("run --methods sharpness --no-anchors --dataset votes --root asked --results judged", prints="sharpness"),
    Promise(
        "recommend --task sr --have input,nothing --max-cost 1000 --licence commercial --pseudo "
        f"--on {{data}}/judged/restored --degraded {{data}}/judged/given --methods mine,psnr "
        f"--format json --results judged {MACHINE} {OVERRIDING}",
        style="json",
        prints='"disagreement"',
    ),
    Promise(
        "recommend --on {data}/judged/restored --degraded {data}/judged/given --method psnr,ssim --format markdown",
        prints="Most disagreement",
    ),
    Promise("data list", prints="tid2013"),
    Promise(
        "data fetch csiq --root csiq --accept --keep --from {data}/csiq.tar",
        prints="csiq archive: 897 files",
        makes=("csiq/src_imgs/*.png", "csiq/fetched.json"),
    ),
    Promise(
        "run --methods psnr --no-anchors --dataset pipal-ntire --root {data}/ntire --references pristine", prints="psnr"
    ),
    Promise(
        "data submission psnr --dataset pipal-ntire --results runs --output submission.zip",
        tells="wrote submission.zip",
        makes=("submission.zip",),
    ),
    Promise("data root csiq", prints="csiq: "),
    Promise(
        "data root pairs {data}/ntire --plugin {data}/pairs.py --allow-override",
        prints="pairs: ",
    ),
    Promise("data root csiq --forget", prints="forgotten"),
    Promise("weights list", prints="alexnet-features"),
    Promise("weights fetch alexnet-features", code=2, tells="could not be fetched"),
    Promise("weights fetch --all-for psnr,lpips-alex", prints="psnr: can be built", code=2),
    Promise("weights fetch ckdn-released --from {data}/released.pth", prints="ckdn-released: "),
    Promise(
        "weights import ckdn-released {data}/released.pth --output ckdn.safetensors",
        prints="checksum",
        makes=("ckdn.safetensors",),
    ),
    Promise(
        f"reproduce {{data}}/table.toml {MANIFEST} --mos-direction higher {STARTED} --seeds 0 --methods psnr,started "
        "--retrain --compare-paper --intervals --draws 5 --best --format markdown --output t.md --deterministic "
        f"{MACHINE} --allow-override --results tables",
        tells="wrote t.md",
        makes=("t.md", "tables/made"),
    ),
    Promise(
        "reproduce {data}/table.toml --dataset made --seed 0 --only-table --no-compare-paper --no-intervals --methods "
        "psnr --fingerprint '@tables/made/*/psnr/*/*/run.json fingerprint' --results tables --format csv",
        style="csv",
        prints="PSNR",
    ),
    Promise("reproduce {data}/table.toml --dry-run", prints="psnr"),
    Promise(f"reproduce {{data}}/table.toml {MANIFEST} --method psnr --compile", code=2, tells="--compile is for"),
    Promise(
        f"reproduce {{data}}/table.toml {MANIFEST} --methods psnr {JOBS} --plugin {{data}}/plugin.py --results more",
        prints="PSNR",
    ),
)
