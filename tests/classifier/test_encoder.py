"""The encoder end to end on a tiny base: a cut-off training, export, and the cascade around it."""

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from archive.errors import InputError
from archive.labels import Goods, Intent
from classifier.training.sources import WRITTEN, Example, Part

torch = pytest.importorskip("torch", reason="the extra train is not installed")
pytest.importorskip("transformers", reason="the extra train is not installed")

from classifier.cascade import log_odds, softmax  # noqa: E402
from classifier.encoder import Encoder  # noqa: E402
from classifier.training.encoder import fitting  # noqa: E402
from classifier.training.encoder.drawing import Drawing, readable  # noqa: E402
from classifier.training.encoder.export import averaged, export, trained  # noqa: E402
from classifier.training.encoder.network import Tokens  # noqa: E402
from classifier.training.encoder.plan import Plan  # noqa: E402

_ADS = ["查开房", "查流水", "名下号", "机主", "全户", "定位", "私信", "当天出"]
_TALK = ["天气", "晚饭", "地铁", "小猫", "电影", "周末", "下雨", "跑步"]
_PLAN = Plan(base="tiny", layers=1, epochs=2, batch=16, rate=3e-3, seed=3)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("base")
    signs = sorted(set("".join(_ADS + _TALK)))
    vocabulary = {t: at for at, t in enumerate(["<s>", "<pad>", "</s>", "<unk>", *signs])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))  # noqa: S106
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Split("", "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        "<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    names = {"pad_token": "<pad>", "unk_token": "<unk>"}
    config = {"tokenizer_class": "PreTrainedTokenizerFast", **names}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    torch.manual_seed(1)
    model = BertModel(
        BertConfig(
            vocab_size=len(vocabulary),
            hidden_size=32,
            num_hidden_layers=2,
            num_attention_heads=2,
            intermediate_size=64,
            pad_token_id=1,
        ),
        add_pooling_layer=False,
    )
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    dice = random.Random(2)  # noqa: S311
    goods = frozenset({Goods.HOTEL_STAY})
    ads = [
        Example(" ".join(dice.sample(_ADS, 3)), Intent.SELL, WRITTEN, Part.TRAIN, goods)
        for _ in range(160)
    ]
    talk = [
        Example(" ".join(dice.sample(_TALK, 3)), Intent.BENIGN, "train_x", Part.TRAIN)
        for _ in range(160)
    ]
    return ads + talk


@pytest.fixture(scope="module")
def training(base: Path, examples: list[Example], tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("training") / "run"
    fitting.fit(_PLAN, examples, base, out)
    return out


def test_the_exported_network_judges_as_the_trained_one(
    base: Path, training: Path, tmp_path: Path
) -> None:
    export([training], base, tmp_path)
    texts = [readable(text) for text in ("查开房 查流水", "天气 晚饭 地铁", "", "机主" * 90)]
    with torch.inference_mode():
        whole = trained(training, base)(**Tokens(base)(tuple(texts)))
    intents, goods = Encoder(tmp_path).logits(texts)
    rows = softmax(intents)
    assert np.abs(rows - softmax(whole[0].numpy())).max() < 0.02
    assert goods.shape == (4, len(Goods))
    order = list(Intent)
    assert rows[0, order.index(Intent.SELL)] > 0.6
    assert rows[1, order.index(Intent.BENIGN)] > 0.6


def _read(training: Path, base: Path) -> np.ndarray:
    """Give what a training says of an advert and of talk: the probabilities of the intents."""
    with torch.inference_mode():
        intents, _ = trained(training, base)(**Tokens(base)(("查开房 查流水", "天气 晚饭")))
    return softmax(intents.numpy())


def test_twins_are_shown_together_and_told_apart(
    base: Path, examples: list[Example], tmp_path: Path
) -> None:
    ads, talk = examples[:40], examples[160:200]
    both = [
        replace(example, file=WRITTEN, pair=f"b/{at}")
        for kind in (ads, talk)
        for at, example in enumerate(kind)
    ]
    for batch in Drawing(_PLAN, both).epoch(0):
        adverts, twins = fitting.twins_in(batch.examples)
        assert len(adverts) >= (len(batch.examples) - 2) // 2  # a cut may part one at each end
        for advert, twin in zip(adverts, twins, strict=True):
            assert batch.examples[advert].acts
            assert not batch.examples[twin].acts
            assert batch.examples[advert].pair == batch.examples[twin].pair
    gaps = []
    for weight in (0.0, 5.0):
        plan = replace(_PLAN, twins=weight, margin=8.0, smoothing=0.2)
        fitting.fit(plan, both * 4, base, tmp_path / str(weight))
        gaps.append(np.subtract(*log_odds(_read(tmp_path / str(weight), base))))
    assert gaps[1] > gaps[0] + 1


def test_bfloat16_learns_the_same(base: Path, examples: list[Example], tmp_path: Path) -> None:
    risks = []
    for half in (False, True):
        fitting.fit(replace(_PLAN, half=half), examples, base, tmp_path / str(half))
        risks.append(_read(tmp_path / str(half), base))
    assert np.abs(risks[0] - risks[1]).max() < 0.02


def test_of_several_trainings_the_mean_of_their_weights_is_taken(
    base: Path, training: Path, examples: list[Example], tmp_path: Path
) -> None:
    fitting.fit(replace(_PLAN, epochs=1, seed=4), examples, base, tmp_path / "other")
    both = [training, tmp_path / "other"]
    first, second = (trained(path, base).state_dict() for path in both)
    for name, value in averaged(both, base).state_dict().items():
        assert torch.allclose(value, (first[name] + second[name]) / 2, atol=1e-6), name
    fitting.fit(replace(_PLAN, epochs=1, layers=2), examples, base, tmp_path / "deeper")
    with pytest.raises(InputError, match="base or layers"):
        averaged([training, tmp_path / "deeper"], base)


def test_a_cut_off_training_goes_on_and_ends_as_an_unbroken_one(
    base: Path,
    examples: list[Example],
    training: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fitting, "_EVERY", 5)

    def stop(step: int, _steps: int, _loss: float) -> None:
        if step == 23:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitting.fit(_PLAN, examples, base, tmp_path, progress=stop)
    seen: list[int] = []
    fitting.fit(_PLAN, examples, base, tmp_path, progress=lambda step, *_: seen.append(step))
    assert seen[0] == 21
    first, second = (
        torch.load(folder / fitting.WEIGHTS, weights_only=True) for folder in (training, tmp_path)
    )
    for name, value in first.items():
        assert torch.allclose(value, second[name], atol=1e-4), name


def test_an_epoch_shows_every_example_once_and_cloaks_some(examples: list[Example]) -> None:
    drawing = Drawing(_PLAN, examples)
    batches = list(drawing.epoch(0))
    assert sum(len(batch.examples) for batch in batches) == len(examples)
    assert {id(e) for batch in batches for e in batch.examples} == set(map(id, examples))
    again = [batch.texts for batch in drawing.epoch(0)]
    assert again == [batch.texts for batch in batches]
    assert again != [batch.texts for batch in drawing.epoch(1)]
