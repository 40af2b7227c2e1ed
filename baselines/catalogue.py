"""The built-in metrics, declared without importing torch: what each is, needs and cites."""

from __future__ import annotations

from baselines import citations
from iqabench.methods.contract import MethodEntry, MethodInfo, Paradigm, declare

PSNR = declare(
    MethodInfo(
        name="psnr",
        summary="Peak signal-to-noise ratio of RGB, in dB; 100 dB for identical images.",
        citation=citations.PSNR,
        anchor=True,
        table2=True,
    ),
    "baselines.psnr:Psnr",
)

PSNR_Y = declare(
    MethodInfo(
        name="psnr-y",
        summary="Peak signal-to-noise ratio of BT.601 luma, in dB, borders kept.",
        citation=citations.PSNR,
    ),
    "baselines.psnr:PsnrY",
)

SSIM = declare(
    MethodInfo(
        name="ssim",
        summary="Structural similarity of RGB, 11x11 Gaussian window, large images shrunk first.",
        citation=citations.SSIM,
        minimum_size=11,
        anchor=True,
        table2=True,
    ),
    "baselines.ssim:Ssim",
)

SSIM_Y = declare(
    MethodInfo(
        name="ssim-y",
        summary="Structural similarity of BT.601 luma, 11x11 Gaussian window, large images shrunk first.",
        citation=citations.SSIM,
        minimum_size=11,
    ),
    "baselines.ssim:SsimY",
)


def _lpips(name: str, trunk: str, build: str, weights: tuple[str, str], minimum_size: int) -> MethodEntry:
    return declare(
        MethodInfo(
            name=name,
            lower_is_better=True,
            summary=f"Learned perceptual image patch similarity, v0.1 heads on {trunk} features.",
            citation=citations.LPIPS,
            weights=weights,
            trained_on=("BAPPS",),
            minimum_size=minimum_size,
            table2=name == "lpips",
        ),
        build,
    )


LPIPS = _lpips("lpips", "AlexNet", "baselines.lpips:Lpips", ("alexnet-features", "lpips-heads-alex"), 31)
LPIPS_VGG = _lpips("lpips-vgg", "VGG16", "baselines.lpips:LpipsVgg", ("vgg16-features", "lpips-heads-vgg"), 16)
LPIPS_SQUEEZE = _lpips(
    "lpips-squeeze",
    "SqueezeNet 1.1",
    "baselines.lpips:LpipsSqueeze",
    ("squeezenet-features", "lpips-heads-squeeze"),
    17,
)

DISTS = declare(
    MethodInfo(
        name="dists",
        lower_is_better=True,
        summary="Deep image structure and texture similarity on VGG16 features.",
        citation=citations.DISTS,
        weights=("vgg16-features", "dists"),
        trained_on=("KADID-10k", "DTD"),
        minimum_size=16,
    ),
    "baselines.dists:Dists",
)

SHARPNESS = declare(
    MethodInfo(
        name="sharpness",
        paradigms=(Paradigm.NR,),
        summary="Floor: total variation of the restored image per pixel.",
        citation=citations.TOTAL_VARIATION,
        minimum_size=2,
    ),
    "baselines.sharpness:Sharpness",
)

ALGORITHM_MEAN = declare(
    MethodInfo(
        name="algorithm-mean",
        paradigms=(Paradigm.NR,),
        summary="Floor: mean training quality of the category, without a look at the image.",
        trainable=True,
    ),
    "baselines.algorithm_mean:AlgorithmMean",
)


def _piq(
    name: str,
    build: str,
    summary: str,
    citation: str,
    minimum_size: int,
    *,
    lower: bool = False,
    version: str = "1",
) -> MethodEntry:
    return declare(
        MethodInfo(
            name=name,
            version=version,
            lower_is_better=lower,
            summary=summary,
            citation=f"{citation}\n\n{citations.PIQ}",
            minimum_size=minimum_size,
        ),
        f"baselines.piq_metrics:{build}",
    )


# Sizes below which piq's code stops; 16 pixels where it does not but no longer says anything.
MS_SSIM = _piq("ms-ssim", "MsSsim", "Multi-scale SSIM; fewer scales below 161 pixels.", citations.MS_SSIM, 11)
FSIM = _piq("fsim", "Fsim", "Feature similarity: phase congruency and gradients, with colour.", citations.FSIM, 16)
GMSD = _piq("gmsd", "Gmsd", "Gradient magnitude similarity deviation.", citations.GMSD, 16, lower=True)
MS_GMSD = _piq("ms-gmsd", "MsGmsd", "GMSD on four scales.", citations.MS_GMSD, 17, lower=True)
VIF = _piq("vif", "Vif", "Visual information fidelity, pixel domain.", citations.VIF, 41)
VSI = _piq("vsi", "Vsi", "Visual saliency-induced index.", citations.VSI, 16)
MDSI = _piq("mdsi", "Mdsi", "Mean deviation similarity index.", citations.MDSI, 16, lower=True)
HAARPSI = _piq("haarpsi", "HaarPsi", "Haar wavelet-based perceptual similarity.", citations.HAARPSI, 16, version="2")
SR_SIM = _piq("sr-sim", "SrSim", "Spectral residual similarity.", citations.SR_SIM, 40)
DSS = _piq("dss", "Dss", "DCT subband similarity.", citations.DSS, 32)
IW_SSIM = _piq("iw-ssim", "IwSsim", "Information-weighted multi-scale SSIM.", citations.IW_SSIM, 161, version="2")
