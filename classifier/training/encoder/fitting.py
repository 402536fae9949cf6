"""The training loop: seeded, with a checkpoint to go on from after a kill."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from archive.labels import ACTIONABLE, Goods, Intent
from classifier.training.encoder.drawing import Batch, Drawing
from classifier.training.encoder.network import Network, Tokens, empty, fresh
from classifier.training.encoder.plan import Plan, keep_plan
from classifier.training.sources import WRITTEN, Example

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "network.pt"
_EVERY = 200  # steps between checkpoints: half a minute of work on two cores
_DECAY = 0.01
_HEADS_PACE = 5.0
_INTENTS = {intent: at for at, intent in enumerate(Intent)}
_ACTING = [at for intent, at in _INTENTS.items() if intent in ACTIONABLE]
_IDLE = [at for intent, at in _INTENTS.items() if intent not in ACTIONABLE]
_GOODS = {label: at for at, label in enumerate(Goods)}
Progress = Callable[[int, int, float], None]


def fast_half() -> bool:
    """Whether this machine multiplies bfloat16 faster than float32."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    able = torch.cpu.get_capabilities()
    return any(able.get(name) for name in ("avx512_bf16", "amx_bf16"))


def fit(
    plan: Plan,
    examples: Sequence[Example],
    base: Path,
    out: Path,
    *,
    progress: Progress | None = None,
) -> Path:
    """Train into a folder, going on from its checkpoint; return the file of the weights.

    ``progress`` gets the step, the number of steps, and the running loss.
    """
    keep_plan(plan, out)
    torch.manual_seed(plan.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    begun = (out / CHECKPOINT).exists()
    network = (empty if begun else fresh)(base, layers=plan.layers).to(device)
    drawing = Drawing(plan, examples)
    run = _Run(plan, network, drawing.steps * plan.epochs, device)
    if begun:
        run.load(out / CHECKPOINT)
    tokens = Tokens(base)
    for batch in _remaining(drawing, plan, run.step):
        run.learn(tokens(batch.texts), batch.examples)
        if progress:
            progress(run.step, run.steps, run.loss)
        if run.step % _EVERY == 0:
            run.save(out / CHECKPOINT)
    torch.save(network.state_dict(), out / WEIGHTS)
    return out / WEIGHTS


def _remaining(drawing: Drawing, plan: Plan, done: int) -> Iterator[Batch]:
    for number in range(done // drawing.steps, plan.epochs):
        skipped = done - number * drawing.steps
        for at, batch in enumerate(drawing.epoch(number)):
            if at >= skipped:
                yield batch


class _Run:
    """Network, optimiser and schedule at a step."""

    def __init__(self, plan: Plan, network: Network, steps: int, device: torch.device) -> None:
        self._plan = plan
        self._network = network
        self._device = device
        self.steps = steps
        self.step = 0
        self.loss = 0.0
        self._words = network.trunk.embeddings.word_embeddings.weight
        self._dense = [value for value in network.parameters() if value is not self._words]
        self._optimisers: list[torch.optim.Optimizer] = [
            torch.optim.AdamW(_groups(network, self._words), lr=plan.rate, foreach=True),
            torch.optim.SparseAdam([{"params": [self._words], "pace": 1.0}], lr=plan.rate),
        ]
        network.train()

    def learn(self, inputs: dict[str, Tensor], examples: Sequence[Example]) -> None:
        """Do one step."""
        torch.manual_seed(self._plan.seed * 1_000_003 + self.step)  # dropout goes on after a kill
        now = _schedule(self.step / self.steps, self._plan.warmup)
        for optimiser in self._optimisers:
            optimiser.zero_grad(set_to_none=True)
            for group in optimiser.param_groups:
                group["lr"] = self._plan.rate * now * group["pace"]
        moved = {name: value.to(self._device) for name, value in inputs.items()}
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._plan.half):
            intents, goods = self._network(**moved)
        loss = self._lost((intents.float(), goods.float()), examples)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self._dense, 1.0)
        for optimiser in self._optimisers:
            optimiser.step()
        self.step += 1
        self.loss += (float(loss.detach()) - self.loss) * max(0.02, 1 / self.step)

    def _lost(self, logits: tuple[Tensor, Tensor], examples: Sequence[Example]) -> Tensor:
        plan, device = self._plan, self._device
        wanted = torch.tensor([_INTENTS[e.intent] for e in examples], device=device)
        weight = torch.tensor(
            [plan.written_weight if e.file == WRITTEN else 1.0 for e in examples], device=device
        )
        each = functional.cross_entropy(
            logits[0], wanted, reduction="none", label_smoothing=plan.smoothing
        )
        loss = (each * weight).sum() / weight.sum()
        told = [at for at, e in enumerate(examples) if e.goods is not None and e.acts]
        if told:
            truth = torch.zeros((len(told), len(Goods)), device=device)
            for row, at in enumerate(told):
                for label in examples[at].goods or ():
                    truth[row, _GOODS[label]] = 1
            goods = functional.binary_cross_entropy_with_logits(logits[1][told], truth)
            loss = loss + plan.goods_weight * goods * len(told) / len(examples)
        return loss + plan.twins * self._confused(logits[0], examples)

    def _confused(self, intents: Tensor, examples: Sequence[Example]) -> Tensor:
        """Give the mean loss of the twins in a batch that are too near, or in the wrong order."""
        adverts, twins = twins_in(examples)
        if not adverts:
            return intents.new_zeros(())
        odds = intents[:, _ACTING].logsumexp(1) - intents[:, _IDLE].logsumexp(1)
        return functional.softplus(self._plan.margin - odds[adverts] + odds[twins]).mean()

    def save(self, path: Path) -> None:
        """Keep all that the next step needs; a kill in mid-writing leaves the last one."""
        state = {
            "step": self.step,
            "loss": self.loss,
            "network": self._network.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self._optimisers],
        }
        part = path.with_suffix(".part")
        torch.save(state, part)
        part.replace(path)

    def load(self, path: Path) -> None:
        """Go on from a checkpoint."""
        state = torch.load(path, map_location=self._device, weights_only=True)
        self._network.load_state_dict(state["network"])
        for optimiser, kept in zip(self._optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(kept)
        self.step, self.loss = state["step"], state["loss"]


def twins_in(examples: Sequence[Example]) -> tuple[list[int], list[int]]:
    """Give the places of adverts in a batch, and of the twin of each."""
    negatives = {e.pair: at for at, e in enumerate(examples) if e.pair and not e.acts}
    adverts = [at for at, e in enumerate(examples) if e.acts and e.pair in negatives]
    return adverts, [negatives[examples[at].pair] for at in adverts]


def _groups(network: Network, words: Tensor) -> list[dict[str, Any]]:
    """Weights decay, biases and norms do not; the new heads learn faster than the trunk."""
    groups: dict[tuple[bool, bool], list[Tensor]] = {}
    for name, value in network.named_parameters():
        if value is words:
            continue
        key = (value.ndim > 1, name.startswith("trunk."))
        groups.setdefault(key, []).append(value)
    return [
        {
            "params": values,
            "weight_decay": _DECAY if decays else 0.0,
            "pace": 1.0 if trunk else _HEADS_PACE,
        }
        for (decays, trunk), values in groups.items()
    ]


def _schedule(done: float, warmup: float) -> float:
    """Rise over the warm-up, then fall as a half cosine to a hundredth."""
    if done < warmup:
        return done / warmup + 1e-3
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * (done - warmup) / (1 - warmup)))
