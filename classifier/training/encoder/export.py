"""From trained networks to the file that judges: averaged, ONNX, then int8 weights."""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path

import torch

from archive.errors import InputError
from classifier.encoder import NETWORK, TOKENIZER
from classifier.training.encoder.fitting import WEIGHTS
from classifier.training.encoder.network import Network, Tokens, empty
from classifier.training.encoder.plan import read_plan

_OPSET = 17


def trained(training: Path, base: Path) -> Network:
    """Load the network of a finished training."""
    return averaged([training], base)


def averaged(trainings: Sequence[Path], base: Path) -> Network:
    """Load the mean of the weights of finished trainings that began at the same base.

    A "model soup" (Wortsman et al. 2022): two trainings at the cost of one when judging.
    Raises ``InputError`` where trainings differ in base or layers.
    """
    plans = [read_plan(training) for training in trainings]
    if len({(plan.base, plan.layers) for plan in plans}) > 1:
        names = ", ".join(map(str, trainings))
        raise InputError(f"{names} differ in base or layers: average trainings of one network.")
    network = empty(base, layers=plans[0].layers)
    states = [
        torch.load(training / WEIGHTS, map_location="cpu", weights_only=True)
        for training in trainings
    ]
    network.load_state_dict(
        {name: sum(state[name] for state in states) / len(states) for name in states[0]}
    )
    network.eval()
    return network


def export(trainings: Sequence[Path], base: Path, out: Path) -> None:
    """Write ``encoder.onnx`` with int8 weights and the tokenizer into a model folder."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "whole.onnx"
        to_onnx(averaged(trainings, base), Tokens(base), whole)
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
