"""The network: two embeddings, the score predictor, and what only training needs."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ckdn.architecture import Architecture
from ckdn.blocks import Embedding, Restorability, ScoreHead, final_score, score_predictor
from ckdn.generator import Generator
from ckdn.maps import logit_map

TRAINING_ONLY = ("pretraining_csp.", "pretraining_head.", "teacher.")
"""Prefixes of the tensors that no score depends on."""


class Teacher(nn.Module):
    """A full-reference network of its own, without the constraints of Eq. 4."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.qse = Embedding(architecture.blocks, architecture.pool)
        self.dte = Embedding(architecture.blocks, architecture.pool)
        self.csp = score_predictor(architecture.blocks)
        self.head = ScoreHead()


class Network(nn.Module):
    """CKDN. All images are ``(N, 3, H, W)``, normalised; all scores ``(N,)`` in (0, 1), higher is better."""

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        blocks, pool = architecture.blocks, architecture.pool
        self.qse = Embedding(blocks, pool)
        if architecture.reference:
            self.dte = self.qse if architecture.shared else Embedding(blocks, pool)
        self.csp = score_predictor(blocks)
        self.head = ScoreHead()
        self.restorability: Restorability | None = None
        """Of the shipped weights alone, and not in the paper."""
        self.pretraining_csp = score_predictor(blocks)
        self.pretraining_head = ScoreHead()
        if architecture.teacher:
            self.teacher = Teacher(architecture)
        if architecture.generator:
            self.generator = Generator()

    def embed_restored(self, restored: Tensor) -> Tensor:
        """E2(R), the quality-sensitive embedding ``(N, 256, h, w)``."""
        embedded: Tensor = self.qse(restored)
        return embedded

    def embed_reference(self, reference: Tensor) -> Tensor:
        """E1(D) or E1(H), the degradation-tolerant embedding ``(N, 256, h, w)``."""
        if self.architecture.generator:
            reference = self.generator(reference)
        embedded: Tensor = self.dte(reference)
        return embedded

    def embed_references(self, degraded: Tensor, pristine: Tensor) -> tuple[Tensor, Tensor]:
        """E1 of two batches of references, in one pass or in two (see :attr:`Architecture.passes`)."""
        return self._embed_both(self.embed_reference, degraded, pristine)

    def embed_pair(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        """E2 of two batches of restored images, in one pass or in two."""
        return self._embed_both(self.embed_restored, first, second)

    def _embed_both(self, embed: Callable[[Tensor], Tensor], one: Tensor, other: Tensor) -> tuple[Tensor, Tensor]:
        if self.architecture.passes == "separate":
            return embed(one), embed(other)
        first, second = embed(torch.cat([one, other])).chunk(2)
        return first, second

    def score_both(self, restored: Tensor, degraded: Tensor, pristine: Tensor) -> tuple[Tensor, Tensor]:
        """Scores with degraded and with pristine reference, by one CSP in one batch."""
        differences = [self.difference(restored, reference) for reference in (degraded, pristine)]
        by_degraded, by_pristine = self.head(self.csp(torch.cat(differences))).chunk(2)
        return by_degraded, by_pristine

    def taught_score(self, restored: Tensor, pristine: Tensor) -> Tensor:
        """The teacher's score of ``restored`` images, given its embedding of the pristine ones."""
        difference = self.difference(self.teacher.qse(restored), pristine)
        scores: Tensor = self.teacher.head(self.teacher.csp(difference))
        return scores

    def score(self, restored: Tensor, reference: Tensor | None) -> Tensor:
        """Score embeddings (Eq. 1); without a reference, CSP sees the restored embedding alone."""
        features = self.csp(self.difference(restored, reference))
        return final_score(features, reference, self.head, self.restorability)

    def map(self, restored: Tensor, reference: Tensor | None) -> Tensor:
        """Where the image of embeddings is bad, ``(N, h/2, w/2)``: see :func:`ckdn.maps.logit_map`."""
        features = self.csp(self.difference(restored, reference))
        return logit_map(features, reference, self.head, self.restorability)

    def pretraining_score(self, difference: Tensor) -> Tensor:
        """Score a difference of embeddings by the pre-training's own CSP."""
        scores: Tensor = self.pretraining_head(self.pretraining_csp(difference))
        return scores

    def difference(self, restored: Tensor, reference: Tensor | None) -> Tensor:
        """E1 - E2 in the paper, E2 - E1 in the released code; ``restored`` itself without a reference."""
        if reference is None:
            return restored
        if self.architecture.difference == "paper":
            return reference - restored
        return restored - reference
