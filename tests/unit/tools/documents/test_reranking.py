"""A cross-encoder made here, without the hub: two layers, weights of chance, a vocabulary of a few words."""

from pathlib import Path

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

from narutalk.errors import ConfigurationError
from narutalk.identity import Identity
from tools.documents.library import DocumentLibrary
from tools.documents.reranking import CrossEncoderReranker, build_reranker

WORDS = "[PAD] [UNK] [CLS] [SEP] annual leave salary bands days directors year unused move next".split()
QUESTION = "annual leave days"


def make_model(folder: Path, labels: int = 1) -> str:
    torch.manual_seed(7)
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab_file=str(folder / "vocab.txt")).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        num_labels=labels,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(folder)
    return str(folder)


def test_the_model_that_is_named_puts_the_best_passages_in_order(
    library: DocumentLibrary, admin: Identity, tmp_path: Path
) -> None:
    reranker = build_reranker(make_model(tmp_path / "model"))
    assert isinstance(reranker, CrossEncoderReranker)
    plain = library.search(admin, QUESTION)
    reread = DocumentLibrary(library.store, library.index.vectors, library.embedder, reranker)
    hits = reread.search(admin, QUESTION)
    assert {hit.document_id for hit in hits} == {hit.document_id for hit in plain}
    scores = reranker.scores(QUESTION, [f"{hit.section}\n{hit.text}" for hit in hits])
    assert [hit.score for hit in hits] == pytest.approx(scores, abs=1e-3)
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)
    assert all(0 <= score <= 1 for score in scores)
    assert reranker.scores(QUESTION, []) == []


def test_no_model_named_is_none(tmp_path: Path) -> None:
    assert build_reranker("") is None
    with pytest.raises(ConfigurationError, match="one score"):
        build_reranker(make_model(tmp_path / "classes", labels=3))
