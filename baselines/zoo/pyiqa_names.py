"""What ``pyiqa:NAME`` offers: the metrics of single images of pyiqa 0.1.16, known where it is not installed, too."""

from __future__ import annotations

NAMES = """
afine_all afine_all_scale afine_fr afine_nr ahiq arniqa arniqa-clive arniqa-csiq arniqa-flive arniqa-kadid
arniqa-live arniqa-spaq arniqa-tid brisque brisque_matlab ckdn clipiqa clipiqa+ clipiqa+_rn50_512
clipiqa+_vitL14_512 cnniqa compare2score cw_ssim dbcnn deepdc dists dmm entropy fgresq fsim gmsd hyperiqa ilniqe
laion_aes liqe liqe_mix lpips lpips+ lpips-vgg lpips-vgg+ maclip mad maniqa maniqa-kadid maniqa-pipal metaiqa
ms_ssim msswd musiq musiq-ava musiq-paq2piq musiq-spaq nima nima-koniq nima-spaq nima-vgg16-ava niqe niqe_matlab
nlpd nrqm paq2piq pi pieapp piqe psnr psnry qalign qalign_4bit qalign_8bit qrealign qrealign-lite qrealign-mini
qrealign-pro qualiclip qualiclip+ qualiclip+-clive qualiclip+-flive qualiclip+-spaq ssim ssimc stlpips stlpips-vgg
topiq_fr topiq_fr-pipal topiq_iaa topiq_iaa_res50 topiq_nr topiq_nr-face topiq_nr-face-v1 topiq_nr-flive
topiq_nr-spaq topiq_nr_swin-face tres tres-flive unique uranker vif vsi wadiqam_fr wadiqam_nr
"""
