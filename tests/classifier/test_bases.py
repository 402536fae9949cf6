"""Bases of the encoder: a vocabulary cut and filled up, weights out of an export, refusals."""

import json
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers import Tokenizer

from archive.errors import MissingError
from classifier.training.bases import find_base, finding
from classifier.training.bases.wordpiece import cut

_SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
_PIECES = [*_SPECIAL, "[unused1]", "病", "##病", "历", "k", "##f", "。"]


def _table() -> dict[str, Any]:
    from tokenizers import models, normalizers, pre_tokenizers, processors

    ids = {piece: at for at, piece in enumerate(_PIECES)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.add_special_tokens(_SPECIAL)
    tokenizer.post_processor = processors.TemplateProcessing(
        "[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    table: dict[str, Any] = json.loads(tokenizer.to_str())
    return table


def test_pieces_that_no_text_reaches_are_left_out_and_pictures_come_in() -> None:
    table, pieces = cut(_table())
    vocabulary = table["model"]["vocab"]
    assert "[unused1]" not in vocabulary
    assert "##病" not in vocabulary
    assert [_PIECES[at] for at in pieces.kept] == list(vocabulary)[: len(pieces.kept)]
    assert len(vocabulary) == len(pieces.kept) + pieces.added
    assert sorted(vocabulary.values()) == list(range(len(vocabulary)))
    assert _PIECES[pieces.unknown] == "[UNK]"


def test_a_text_is_read_as_before_and_each_emoji_by_itself() -> None:
    before = Tokenizer.from_str(json.dumps(_table()))
    after = Tokenizer.from_str(json.dumps(cut(_table())[0]))
    for text in ("病历。", "kf 病", "", "谁"):
        assert after.encode(text).tokens == before.encode(text).tokens
    assert before.encode("病🏠🏠").tokens.count("[UNK]") == 1
    assert after.encode("病🏠🏠氵").tokens == ["[CLS]", "病", "🏠", "🏠", "氵", "[SEP]"]


def test_weights_come_out_of_an_export_as_they_went_in(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="the extra train is not installed")
    transformers = pytest.importorskip("transformers", reason="the extra train is not installed")
    from classifier.training.bases.exported import convert

    class Exported(transformers.BertModel):  # type: ignore[misc, name-defined]
        """A model whose inputs have the order that an export gives them in."""

        def forward(self, ids: Any, mask: Any) -> Any:
            return super().forward(input_ids=ids, attention_mask=mask).last_hidden_state

    model = Exported(
        transformers.BertConfig(
            vocab_size=len(_PIECES),
            hidden_size=16,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=24,
            max_position_embeddings=64,
            attn_implementation="eager",
        ),
        add_pooling_layer=False,
    ).eval()
    with torch.no_grad():  # as after a training: what is equal is written once by an exporter
        for value in model.parameters():
            value.uniform_(-0.5, 0.5)
    ids = torch.tensor([[2, 6, 8, 11, 3]])
    network, tokenizer = tmp_path / "network.onnx", tmp_path / "tokenizer.json"
    with warnings.catch_warnings():
        warnings.simplefilter(
            "ignore"
        )  # the exporter that keeps the parameters' names is an old one
        torch.onnx.export(model, (ids, torch.ones_like(ids)), network, dynamo=False)
    tokenizer.write_text(json.dumps(_table()), encoding="utf-8")
    convert(network, tokenizer, tmp_path / "base", heads=2)

    again = transformers.AutoModel.from_pretrained(tmp_path / "base", add_pooling_layer=False)
    read = transformers.AutoTokenizer.from_pretrained(tmp_path / "base")("病历。")["input_ids"]
    with torch.inference_mode():
        wanted = model(ids, torch.ones_like(ids)).numpy()
        said = again.eval()(torch.tensor([read])).last_hidden_state.numpy()
    assert np.abs(wanted - said).max() < 1e-5


def test_another_graph_is_refused(tmp_path: Path) -> None:
    onnx = pytest.importorskip("onnx", reason="the extra train is not installed")
    from classifier.training.bases.exported import convert

    node = onnx.helper.make_node("Relu", ["x"], ["y"])
    ends = [
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1]) for name in ("x", "y")
    ]
    graph = onnx.helper.make_graph([node], "other", ends[:1], ends[1:])
    onnx.save(onnx.helper.make_model(graph), tmp_path / "network.onnx")
    (tmp_path / "tokenizer.json").write_text(json.dumps(_table()), encoding="utf-8")
    with pytest.raises(MissingError, match="no export of a BertModel"):
        convert(tmp_path / "network.onnx", tmp_path / "tokenizer.json", tmp_path / "out", heads=2)


def test_a_changed_file_in_a_package_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = tmp_path / "carrier.jar"
    with zipfile.ZipFile(jar, "w") as packed:
        packed.writestr(finding._NETWORK[0], b"other weights")
    monkeypatch.setattr(finding, "_JAR", jar.as_uri())
    with pytest.raises(MissingError, match="not the file that was expected"):
        find_base(finding.BGE_BASE, tmp_path / "cache")


def test_a_registry_out_of_reach_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finding, "_JAR", "http://127.0.0.1:9/carrier.jar")
    with pytest.raises(MissingError, match="cannot be downloaded"):
        find_base(finding.BGE_BASE, tmp_path / "cache")
    assert not list((tmp_path / "cache").glob("*.jar"))
