import random

import pytest

from bot.evaluate.refusals import Times, figures, measure

CAUSES = ("a", "b", "c")


def drawn(seed: int, shift_ms: float = 0) -> list[float]:
    rng = random.Random(seed)
    return [rng.gauss(30 + shift_ms, 2) for _ in range(200)]


def test_every_cause_is_asked_as_often_and_not_one_after_the_other() -> None:
    asked: list[tuple[str, int]] = []
    causes = {name: lambda number, name=name: asked.append((name, number)) for name in CAUSES}
    times = measure(causes, 20, seed=8)
    assert sorted(asked) == [(name, number) for name in CAUSES for number in range(20)]
    assert len({name for name, _ in asked[:10]}) == len(CAUSES)
    assert {len(each.wall_ms) for each in times.values()} == {len(each.cpu_ms) for each in times.values()} == {20}


def test_times_of_one_distribution_are_not_told_apart() -> None:
    times = {name: Times(drawn(number), drawn(10 + number)) for number, name in enumerate(CAUSES)}
    assert figures(times)["smallest_p"] > 0.05


@pytest.mark.parametrize("kind", ["wall_ms", "cpu_ms"])
def test_a_cause_that_takes_longer_is_told_apart(kind: str) -> None:
    times = {name: Times(drawn(number), drawn(10 + number)) for number, name in enumerate(CAUSES)}
    setattr(times["b"], kind, drawn(1, shift_ms=2))
    told = figures(times)
    assert told["smallest_p"] < 0.001
    assert told["causes"]["b"][f"{kind[:-3]}_p"] == min(row[f"{kind[:-3]}_p"] for row in told["causes"].values())
