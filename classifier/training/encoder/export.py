"""From a trained network to the file that judges: ONNX, then int8 weights."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from archive.errors import InputError
from classifier.encoder import NETWORK, TOKENIZER
from classifier.training.encoder.fitting import WEIGHTS
from classifier.training.encoder.network import Network, Tokens, empty
from classifier.training.encoder.plan import read_plan

_OPSET = 17


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """A second training, and its share in the mean of both weights.

    Trainings that begin at one base and see other posts average well: no slower to judge with, and
    better than either (Wortsman et al., "Model soups", 2022; figures in ``docs/model.md``).
    """

    training: Path
    share: float = 0.5


def trained(training: Path, base: Path, *, also: Also | None = None) -> Network:
    """Load the network of a finished training, or the mean of two; raises ``InputError``."""
    plan = read_plan(training)
    weights = _weights(training)
    if also:
        other = read_plan(also.training)
        if (other.base, other.layers) != (plan.base, plan.layers):
            raise InputError(f"{also.training} has another base or other layers than {training}.")
        weights = _mean(weights, _weights(also.training), also.share)
    network = empty(base, layers=plan.layers)
    network.load_state_dict(weights)
    network.eval()
    return network


def _weights(training: Path) -> dict[str, Tensor]:
    weights: dict[str, Tensor] = torch.load(
        training / WEIGHTS, map_location="cpu", weights_only=True
    )
    return weights


def _mean(one: dict[str, Tensor], other: dict[str, Tensor], share: float) -> dict[str, Tensor]:
    return {
        name: torch.lerp(value, other[name], share) if value.is_floating_point() else value
        for name, value in one.items()
    }


def export(training: Path, base: Path, out: Path, *, also: Also | None = None) -> None:
    """Write ``encoder.onnx`` with int8 weights and the tokenizer into a model folder."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        to_onnx(trained(training, base, also=also), Tokens(base), whole)
        quantize_dynamic(whole, out / NETWORK, weight_type=QuantType.QInt8, per_channel=True)
    shutil.copyfile(base / TOKENIZER, out / TOKENIZER)


def to_onnx(network: Network, tokens: Tokens, path: Path) -> None:
    """Write the network as it is, in float32, for any number of rows and tokens."""
    example = tokens(("查", "今天天气很好"))
    names = list(example)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the tracer warns of shapes that are constant here
        torch.onnx.export(
            network.eval(),
            tuple(example.values()),
            path,
            input_names=names,
            output_names=["intent", "goods"],
            dynamic_axes={name: {0: "rows", 1: "tokens"} for name in names},
            opset_version=_OPSET,
            dynamo=False,
        )
