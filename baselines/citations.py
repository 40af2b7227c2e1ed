"""BibTeX entries of the papers behind the baselines."""

from __future__ import annotations

PSNR = """@article{hore2013psnr,
  title={Is there a relationship between peak-signal-to-noise ratio and structural similarity index measure?},
  author={Hor{\\'e}, Alain and Ziou, Djemel},
  journal={IET Image Processing}, volume={7}, number={1}, pages={12--24}, year={2013}
}"""

SSIM = """@article{wang2004ssim,
  title={Image quality assessment: from error visibility to structural similarity},
  author={Wang, Zhou and Bovik, Alan C. and Sheikh, Hamid R. and Simoncelli, Eero P.},
  journal={IEEE Transactions on Image Processing}, volume={13}, number={4}, pages={600--612}, year={2004}
}"""

MS_SSIM = """@inproceedings{wang2003msssim,
  title={Multiscale structural similarity for image quality assessment},
  author={Wang, Zhou and Simoncelli, Eero P. and Bovik, Alan C.},
  booktitle={Asilomar Conference on Signals, Systems and Computers}, pages={1398--1402}, year={2003}
}"""

FSIM = """@article{zhang2011fsim,
  title={{FSIM}: A feature similarity index for image quality assessment},
  author={Zhang, Lin and Zhang, Lei and Mou, Xuanqin and Zhang, David},
  journal={IEEE Transactions on Image Processing}, volume={20}, number={8}, pages={2378--2386}, year={2011}
}"""

GMSD = """@article{xue2014gmsd,
  title={Gradient magnitude similarity deviation: A highly efficient perceptual image quality index},
  author={Xue, Wufeng and Zhang, Lei and Mou, Xuanqin and Bovik, Alan C.},
  journal={IEEE Transactions on Image Processing}, volume={23}, number={2}, pages={684--695}, year={2014}
}"""

MS_GMSD = """@inproceedings{zhang2017msgmsd,
  title={Gradient magnitude similarity deviation on multiple scales for color image quality assessment},
  author={Zhang, Bo and Sander, Pedro V. and Bermak, Amine},
  booktitle={IEEE International Conference on Acoustics, Speech and Signal Processing}, pages={1253--1257}, year={2017}
}"""

VIF = """@article{sheikh2006vif,
  title={Image information and visual quality},
  author={Sheikh, Hamid R. and Bovik, Alan C.},
  journal={IEEE Transactions on Image Processing}, volume={15}, number={2}, pages={430--444}, year={2006}
}"""

VSI = """@article{zhang2014vsi,
  title={{VSI}: A visual saliency-induced index for perceptual image quality assessment},
  author={Zhang, Lin and Shen, Ying and Li, Hongyu},
  journal={IEEE Transactions on Image Processing}, volume={23}, number={10}, pages={4270--4281}, year={2014}
}"""

MDSI = """@article{nafchi2016mdsi,
  title={Mean deviation similarity index: Efficient and reliable full-reference image quality evaluator},
  author={Nafchi, Hossein Ziaei and Shahkolaei, Atena and Hedjam, Rachid and Cheriet, Mohamed},
  journal={IEEE Access}, volume={4}, pages={5579--5590}, year={2016}
}"""

HAARPSI = """@article{reisenhofer2018haarpsi,
  title={A {Haar} wavelet-based perceptual similarity index for image quality assessment},
  author={Reisenhofer, Rafael and Bosse, Sebastian and Kutyniok, Gitta and Wiegand, Thomas},
  journal={Signal Processing: Image Communication}, volume={61}, pages={33--43}, year={2018}
}"""

SR_SIM = """@inproceedings{zhang2012srsim,
  title={{SR-SIM}: A fast and high performance {IQA} index based on spectral residual},
  author={Zhang, Lin and Li, Hongyu},
  booktitle={IEEE International Conference on Image Processing}, pages={1473--1476}, year={2012}
}"""

DSS = """@inproceedings{balanov2015dss,
  title={Image quality assessment based on {DCT} subband similarity},
  author={Balanov, Amnon and Schwartz, Arik and Moshe, Yair and Peleg, Nimrod},
  booktitle={IEEE International Conference on Image Processing}, pages={2105--2109}, year={2015}
}"""

IW_SSIM = """@article{wang2011iwssim,
  title={Information content weighting for perceptual image quality assessment},
  author={Wang, Zhou and Li, Qiang},
  journal={IEEE Transactions on Image Processing}, volume={20}, number={5}, pages={1185--1198}, year={2011}
}"""

LPIPS = """@inproceedings{zhang2018lpips,
  title={The unreasonable effectiveness of deep features as a perceptual metric},
  author={Zhang, Richard and Isola, Phillip and Efros, Alexei A. and Shechtman, Eli and Wang, Oliver},
  booktitle={IEEE Conference on Computer Vision and Pattern Recognition}, pages={586--595}, year={2018}
}"""

DISTS = """@article{ding2022dists,
  title={Image quality assessment: Unifying structure and texture similarity},
  author={Ding, Keyan and Ma, Kede and Wang, Shiqi and Simoncelli, Eero P.},
  journal={IEEE Transactions on Pattern Analysis and Machine Intelligence},
  volume={44}, number={5}, pages={2567--2581}, year={2022}
}"""

TOTAL_VARIATION = """@article{rudin1992tv,
  title={Nonlinear total variation based noise removal algorithms},
  author={Rudin, Leonid I. and Osher, Stanley and Fatemi, Emad},
  journal={Physica D: Nonlinear Phenomena}, volume={60}, number={1--4}, pages={259--268}, year={1992}
}"""

PIQ = """@misc{kastryulin2022piq,
  title={{PyTorch} Image Quality: Metrics for image quality assessment},
  author={Kastryulin, Sergey and Zakirov, Jamil and Prokopenko, Denis and Dylov, Dmitry V.},
  eprint={2208.14818}, archivePrefix={arXiv}, year={2022}
}"""

PYIQA = """@misc{pyiqa,
  title={{IQA-PyTorch}: {PyTorch} toolbox for image quality assessment},
  author={Chen, Chaofeng and Mo, Jiadi},
  howpublished={https://github.com/chaofengc/IQA-PyTorch}, year={2022}
}"""
