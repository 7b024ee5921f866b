"""When a turn ends: every rule on frames of audio, no clock."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.call.turns import Turn, TurnEnd, TurnLimits

CODE = TurnLimits(
    no_input_ms=7000,
    end_silence_ms=1500,
    complete_silence_ms=240,
    rest_silence_ms=700,
    max_speech_ms=30_000,
    key_gap_ms=5000,
    key_complete_ms=600,
    min_speech_ms=120,
    digits_wanted=10,
)
MENU = replace(CODE, no_input_ms=5000, end_silence_ms=700, max_speech_ms=12_000, digits_wanted=None, single_key=True)

# A script: "v400" is 400 ms of voice, "s700" of silence, "w3" words with three digits, "k5" the key 5.
Script = str


def play(turn: Turn, script: Script) -> tuple[TurnEnd | None, int]:
    """Feed `script`; how it ended, and after how many ms of audio."""
    elapsed_ms = 0
    for step in script.split():
        kind, value = step[0], step[1:]
        if kind == "w":
            turn.heard("lời", int(value))
        elif kind == "k":
            end = turn.key(value)
            if end:
                return end, elapsed_ms
        else:
            for _ in range(int(value) // 20):
                elapsed_ms += 20
                end = turn.frame(voiced=kind == "v")
                if end:
                    return end, elapsed_ms
    return None, elapsed_ms


@pytest.mark.parametrize(
    ("limits", "script", "end", "at_ms"),
    [
        pytest.param(MENU, "s6000", TurnEnd.NO_INPUT, 5000, id="nothing said"),
        pytest.param(CODE, "s9000", TurnEnd.NO_INPUT, 7000, id="nothing said to the code question"),
        pytest.param(MENU, "s1000 v400 s3000", TurnEnd.SPOKEN, 2100, id="end silence"),
        pytest.param(CODE, "v600 w4 s1400 v600 w8 s3000", TurnEnd.SPOKEN, 4100, id="1.4 s between groups is no end"),
        pytest.param(CODE, "v900 w10 s3000", TurnEnd.SPOKEN, 1140, id="a complete code ends soon"),
        pytest.param(
            replace(CODE, digits_wanted=4), "v900 w4 s3000", TurnEnd.SPOKEN, 1140, id="so does a group of four"
        ),
        pytest.param(
            replace(CODE, digits_wanted=1), "v300 w1 s3000", TurnEnd.SPOKEN, 1000, id="one digit waits longer"
        ),
        pytest.param(
            replace(CODE, digits_wanted=1),
            "v300 w1 s400 v300 w2 s400 v900 w10 s3000",
            TurnEnd.SPOKEN,
            3800,
            id="the whole code said again is not cut after the digit that was wanted",
        ),
        pytest.param(CODE, "v900 w9 s3000", TurnEnd.SPOKEN, 2400, id="one digit short waits on"),
        pytest.param(CODE, "v900 w11 s3000", TurnEnd.SPOKEN, 2400, id="more digits than wanted wait on"),
        pytest.param(CODE, "v900 w10 s200 v300 w9 s3000", TurnEnd.SPOKEN, 2900, id="the recogniser took a digit back"),
        pytest.param(MENU, "v900 w10 s3000", TurnEnd.SPOKEN, 1600, id="digits complete nothing where none are wanted"),
        pytest.param(MENU, "v20000", TurnEnd.SPOKEN, 12_120, id="too long, counted from the first speech"),
        pytest.param(MENU, "s4900 v400 s900", TurnEnd.SPOKEN, 6000, id="speech before the limit may end after it"),
        pytest.param(MENU, "s1000 v40 s6000", TurnEnd.NO_INPUT, 5000, id="a click is no speech"),
        pytest.param(MENU, "v80 s800 v80 s6000", TurnEnd.NO_INPUT, 5000, id="two clicks far apart are no speech"),
        pytest.param(MENU, "v100 s40 v20 s900", TurnEnd.SPOKEN, 860, id="voice with a gap adds up"),
        pytest.param(MENU, "w0 v60 s900", TurnEnd.SPOKEN, 760, id="a short word that was recognised is speech"),
        pytest.param(MENU, "w0 s6000", TurnEnd.NO_INPUT, 5000, id="words without any voice are no speech"),
    ],
)
def test_a_turn_of_speech_ends(limits: TurnLimits, script: Script, end: TurnEnd, at_ms: int) -> None:
    assert play(Turn(limits), script) == (end, at_ms)


@pytest.mark.parametrize(
    ("limits", "script", "end", "keys", "at_ms"),
    [
        pytest.param(CODE, "k0 s200 k1 s200 k#", TurnEnd.KEYED, "01", 400, id="hash ends"),
        pytest.param(CODE, "s200 k# s9000", TurnEnd.NO_INPUT, "", 7000, id="hash alone is nothing"),
        pytest.param(
            CODE, "k0 k1 k2 k3 k4 k5 k6 k7 k8 k9 s900", TurnEnd.KEYED, "0123456789", 600, id="last wanted digit"
        ),
        pytest.param(
            replace(CODE, digits_wanted=3),
            "k0 k1 k2 s500 k3 s500 k4 s900",
            TurnEnd.KEYED,
            "01234",
            1600,
            id="a longer number is taken whole",
        ),
        pytest.param(CODE, " ".join(["k5"] * 50), TurnEnd.KEYED, "5" * 40, 0, id="somebody leans on a key"),
        pytest.param(CODE, "k0 s4900 k1 s6000", TurnEnd.KEYED, "01", 9900, id="key gap"),
        pytest.param(CODE, "k0 s4900 k1 s4900 k2 s4900", None, "012", 14_700, id="slow keys are not cut"),
        pytest.param(CODE, "k0 v9000", TurnEnd.KEYED, "0", 5000, id="noise between keys is no speech"),
        pytest.param(CODE, "s6900 k0 s1000", None, "0", 7900, id="a key stops the wait for input"),
        pytest.param(
            replace(CODE, digits_wanted=3),
            "k0 k1 k* k2 k3 k4 s900",
            TurnEnd.KEYED,
            "01*234",
            600,
            id="star starts over",
        ),
        pytest.param(replace(CODE, digits_wanted=3), "k0 k1 k* k2 k3 s100", None, "01*23", 100, id="not complete yet"),
        pytest.param(MENU, "s100 k8 s900", TurnEnd.KEYED, "8", 700, id="one key answers a menu"),
        pytest.param(MENU, "k0 s400 k1 s400 k2 s900", TurnEnd.KEYED, "012", 1400, id="a code keyed to a menu is kept"),
        pytest.param(MENU, "k* s900", TurnEnd.KEYED, "*", 600, id="a star answers a menu"),
        pytest.param(CODE, "v600 w4 s100 k#", TurnEnd.SPOKEN, "", 700, id="hash ends what is being said"),
        pytest.param(CODE, "v40 k# s100", None, "", 140, id="hash after a click is nothing"),
    ],
)
def test_a_turn_of_keys_ends(limits: TurnLimits, script: Script, end: TurnEnd | None, keys: str, at_ms: int) -> None:
    turn = Turn(limits)
    assert play(turn, script) == (end, at_ms)
    assert turn.keys == keys


def test_a_cough_taken_for_speech_neither_ends_nor_lengthens_the_wait() -> None:
    turn = Turn(MENU)
    assert play(turn, "s1000 v160 s2000") == (TurnEnd.SPOKEN, 1860)
    turn.ignore_noise()
    assert not turn.speaking
    assert play(turn, "s6000") == (TurnEnd.NO_INPUT, 5000 - 1860)


def test_after_a_cough_speech_is_heard_as_ever() -> None:
    turn = Turn(MENU)
    play(turn, "v160 s2000")
    turn.ignore_noise()
    assert play(turn, "s400 v400 w0 s2000") == (TurnEnd.SPOKEN, 1500)


def test_voice_and_silence_can_be_told() -> None:
    turn = Turn(CODE)
    play(turn, "s100 v400 w6 s300")
    assert (turn.speaking, turn.voiced_ms, turn.silence_ms, turn.digits) == (True, 400, 300, 6)
