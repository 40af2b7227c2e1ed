"""Decoded images, each distinct one once, as uint8 within a byte budget."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from hashlib import blake2b
from threading import Lock

import numpy as np
import torch
from torch import Tensor

from iqabench.data.images import read_image, upsample

ImageKey = tuple[str, str | None]
"""Path of an image, and path of the image whose size it must be brought to (None: its own size)."""

DECODER_THREADS = max(4, min(16, os.cpu_count() or 1))
"""So many that a GPU never waits for its first epoch; from the second on nothing is decoded."""


class ImageBank:
    """Images by key, kept as uint8 ``(3, H, W)`` tensors until ``budget`` bytes are full.

    Past the budget an image is decoded anew each time it is asked for. Files with the same pixels
    share one tensor: PIPAL's degraded references are many files of few images.
    """

    def __init__(self, budget: int) -> None:
        self.budget = budget
        self.held = 0
        """Bytes held."""
        self.device = torch.device("cpu")
        self._by_key: dict[ImageKey, Tensor] = {}
        self._by_pixels: dict[bytes, Tensor] = {}
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None

    def place(self, device: torch.device, expected: int) -> None:
        """Move the bank to ``device`` if it is a GPU of whose free memory ``expected`` bytes fill less than a quarter.

        There the bank may hold all of them: its budget is about the host's memory.
        """
        if device.type != "cuda" or expected > torch.cuda.mem_get_info(device)[0] // 4:
            device = torch.device("cpu")
        else:
            self.budget = max(self.budget, expected)
        if device != self.device:
            # A tensor may be held under several keys; it must be moved once, not once per key.
            moved = {id(tensor): tensor.to(device) for tensor in self._by_pixels.values()}
            self._by_key = {key: moved[id(tensor)] for key, tensor in self._by_key.items()}
            self._by_pixels = {digest: moved[id(tensor)] for digest, tensor in self._by_pixels.items()}
            self.device = device

    def request(self, key: ImageKey) -> Future[Tensor]:
        """Start to decode an image in the background; the future gives uint8 ``(3, H, W)``."""
        held = self._by_key.get(key)
        if held is not None:
            ready: Future[Tensor] = Future()
            ready.set_result(held)
            return ready
        if self._pool is None:
            self._pool = ThreadPoolExecutor(DECODER_THREADS, thread_name_prefix="decode")
        return self._pool.submit(self._load, key)

    def image(self, key: ImageKey) -> Tensor:
        """One image, uint8 ``(3, H, W)``. Raises DataError if the file cannot be read."""
        return self.request(key).result()

    def close(self) -> None:
        """Stop the decoding threads; a later request starts them again."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
            self._pool = None

    def _load(self, key: ImageKey) -> Tensor:
        path, size_of = key
        pixels = read_image(path)
        if size_of is not None:
            held = self._by_key.get((size_of, None))
            height, width = held.shape[1:] if held is not None else read_image(size_of).shape[:2]
            if pixels.shape[:2] != (height, width):
                pixels = upsample(pixels, int(height), int(width))
        return self._keep(key, np.ascontiguousarray(pixels.transpose(2, 0, 1)))

    def _keep(self, key: ImageKey, pixels: np.ndarray) -> Tensor:
        digest = blake2b(pixels.tobytes(), digest_size=16, key=repr(pixels.shape).encode()).digest()
        with self._lock:
            tensor = self._by_pixels.get(digest)
            if tensor is None:
                tensor = torch.from_numpy(pixels).to(self.device)
                if self.held + pixels.nbytes > self.budget:
                    return tensor
                self.held += pixels.nbytes
                self._by_pixels[digest] = tensor
            self._by_key[key] = tensor
            return tensor
