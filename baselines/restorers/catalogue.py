"""The built-in restorers, declared without importing what they need."""

from __future__ import annotations

from baselines.restorers.archives import MODELS
from iqabench.synthesis.contract import RestorerEntry, RestorerInfo, declare_restorer

_SR = ("lr",)
_DENOISE = ("noise", "jpeg")
_KODAK_BSD = "Kodak24 and the 100 test photographs of BSD"


def _interpolation(name: str, summary: str) -> RestorerEntry:
    return declare_restorer(
        RestorerInfo(name, ("lr", "jpeg"), "00", summary=summary),
        f"baselines.restorers.interpolation:{name.replace('-', '_')}",
    )


NEAREST = _interpolation("nearest", "every pixel repeated")
BILINEAR = _interpolation("bilinear", "bilinear interpolation")
BICUBIC = _interpolation("bicubic", "bicubic interpolation")
LANCZOS = _interpolation("lanczos", "Lanczos interpolation, three lobes")
BACK_PROJECTION = _interpolation("back-projection", "iterative back-projection (Irani and Peleg 1991)")
DECONVOLUTION = _interpolation("deconvolution", "bicubic, then Richardson-Lucy deconvolution")


def _filter(name: str, module: str, summary: str, category: str = "00") -> RestorerEntry:
    return declare_restorer(
        RestorerInfo(name, (), category, summary=summary), f"baselines.restorers.{module}:{name.replace('-', '_')}"
    )


UNSHARP = _filter("unsharp", "sharpening", "unsharp mask on another restorer's result")
EDGE_SHARPEN = _filter("edge-sharpen", "sharpening", "shock filter on another restorer's result")
INVENTED_TEXTURE = _filter("invented-texture", "failures", "texture that is not in the scene", "03")
RINGING = _filter("ringing", "failures", "echoes along edges", "03")
CHECKERBOARD = _filter("checkerboard", "failures", "grid of uneven transposed convolutions", "03")
COLOUR_SHIFT = _filter("colour-shift", "failures", "wrong, slowly changing tint", "03")
WARPED_STRUCTURE = _filter("warped-structure", "failures", "lines bend", "03")
PAINTERLY = _filter("painterly", "failures", "texture wiped into flat patches", "03")


def _denoiser(name: str, summary: str, needs: tuple[str, ...] = ()) -> RestorerEntry:
    return declare_restorer(
        RestorerInfo(name, _DENOISE, "04", summary=summary, needs=needs),
        f"baselines.restorers.denoisers:{name.replace('-', '_')}",
    )


NL_MEANS = _denoiser("nl-means", "non-local means (Buades et al. 2005)", ("skimage",))
TOTAL_VARIATION = _denoiser("total-variation", "total variation (Chambolle 2004)", ("skimage",))
BILATERAL = _denoiser("bilateral", "bilateral filter (Tomasi and Manduchi 1998)")
MEDIAN = _denoiser("median", "median filter")
GAUSSIAN = _denoiser("gaussian", "Gaussian smoothing")
WIENER = _denoiser("wiener", "adaptive Wiener filter (Lee 1980)")

ESPCN = declare_restorer(
    RestorerInfo("espcn", _SR, "01", (4,), "small ESPCN trained with L1", trained_on=_KODAK_BSD),
    "baselines.restorers.networks:espcn",
)
EDSR = declare_restorer(
    RestorerInfo("edsr", _SR, "01", (2, 4), "small EDSR trained with L1", trained_on=_KODAK_BSD),
    "baselines.restorers.networks:edsr",
)
DNCNN = declare_restorer(
    RestorerInfo("dncnn", ("noise",), "04", (), "small residual denoiser trained with L1", trained_on=_KODAK_BSD),
    "baselines.restorers.networks:dncnn",
)


def _gan(name: str, summary: str) -> RestorerEntry:
    package, stem = MODELS[name]
    return declare_restorer(
        RestorerInfo(
            name,
            ("lr", "noise", "jpeg"),
            "03",
            (4,),
            summary,
            files="baselines.restorers.packages:model_files",
            origin=f"{stem} of {package.filename} (SHA-256 {package.sha256}), {package.licence}",
        ),
        f"baselines.restorers.gan:{name.replace('-', '_')}",
    )


REALESRGAN = _gan("realesrgan", "Real-ESRGAN x4plus (RRDB-23, real-world degradations)")
REALESRGAN_ANIME = _gan("realesrgan-anime", "Real-ESRGAN x4plus anime (RRDB-6, trained on drawings)")
ANIMEVIDEO = _gan("animevideo", "Real-ESRGAN animevideov3 (compact network, trained on animation)")
REALSR = _gan("realsr", "RealSR DF2K (RRDB-23, estimated kernels and noise)")
REALSR_JPEG = _gan("realsr-jpeg", "RealSR DF2K_JPEG (RRDB-23, for compressed inputs)")
