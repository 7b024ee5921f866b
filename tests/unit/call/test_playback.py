"""What the bot plays, frame by frame, and where it was stopped."""

from __future__ import annotations

import pytest

from bot.audio import FRAME_BYTES, SILENT_FRAME, Audio, join
from bot.call.playback import Playback, Played, Stopped
from bot.ports import Segment
from bot.replies import SecretRef
from tests.contract.calls import level


def piece(prompt_id: str = "a", duration_ms: int = 60, *, interruptible: bool = True, sample: int = 5) -> Segment:
    return Segment(prompt_id=prompt_id, audio=level(duration_ms, sample), interruptible=interruptible)


def playing(*segments: Segment, frames: int = 0) -> Playback:
    playback = Playback()
    playback.put(segments)
    for _ in range(frames):
        playback.next_frame()
    return playback


def test_nothing_to_say_is_silence() -> None:
    playback = Playback()
    assert playback.idle
    assert playback.next_frame() == Played(SILENT_FRAME)


def test_segments_are_played_in_order_each_frame_once() -> None:
    playback = playing(piece(sample=1, duration_ms=40), piece(sample=2, duration_ms=40))
    heard = b"".join(playback.next_frame().frame for _ in range(4))
    assert heard == level(40, 1).pcm + level(40, 2).pcm
    assert playback.idle


def test_the_last_frame_is_filled_up_with_silence() -> None:
    playback = playing(piece(duration_ms=30))
    frames = [playback.next_frame().frame for _ in range(2)]
    assert [len(frame) for frame in frames] == [FRAME_BYTES, FRAME_BYTES]
    assert frames[1] == level(10, 5).pcm + bytes(FRAME_BYTES // 2)


def test_a_segment_without_audio_is_passed_over() -> None:
    assert playing(Segment(prompt_id="a", audio=Audio(b""))).idle


def test_audio_of_another_rate_takes_as_long() -> None:
    wide = Segment(prompt_id="a", audio=Audio(level(100, 5).pcm * 2, 16000))
    playback = playing(wide)
    frames = [playback.next_frame() for _ in range(5)]
    assert frames[-1].completes
    assert playback.idle


def test_a_prompt_begins_once_whatever_its_segments() -> None:
    playback = playing(piece("a"), piece("a"), piece("b"))
    assert [playback.next_frame().begins for _ in range(9)] == [True, *[False] * 5, True, False, False]


def test_the_same_prompt_said_again_later_begins_again() -> None:
    playback = playing(piece("a"), frames=3)
    playback.put([piece("a")])
    assert playback.next_frame().begins


def test_each_segment_completes_with_its_last_frame() -> None:
    heard = SecretRef("x")
    playback = playing(piece("a"), Segment(prompt_id="a", audio=level(40, 5), heard=heard))
    played = [playback.next_frame() for _ in range(5)]
    assert [frame.completes for frame in played] == [False, False, True, False, True]
    assert [frame.segment.heard if frame.segment else None for frame in played] == [None, None, None, heard, heard]


@pytest.mark.parametrize(
    ("frames", "stopped"),
    [
        pytest.param(0, Stopped("a", 0, 180), id="before the first frame"),
        pytest.param(1, Stopped("a", 20, 160), id="after the first frame"),
        pytest.param(3, Stopped("a", 60, 120), id="at the end of a segment"),
        pytest.param(5, Stopped("a", 100, 80), id="in the second segment of a prompt"),
        pytest.param(7, Stopped("b", 20, 40), id="in the next prompt"),
        pytest.param(9, None, id="when all was said"),
    ],
)
def test_an_interruption_tells_what_was_played_and_drops_the_rest(frames: int, stopped: Stopped | None) -> None:
    playback = playing(piece("a"), piece("a"), piece("b"), frames=frames)
    assert playback.interrupt() == stopped
    assert playback.idle
    assert playback.next_frame() == Played(SILENT_FRAME)


def heard(playback: Playback) -> bytes:
    """All that is left."""
    frames = []
    while not playback.idle:
        frames.append(playback.next_frame().frame)
    return b"".join(frames)


def test_a_held_bot_is_silent_until_it_goes_on() -> None:
    playback = playing(piece(), frames=1)
    assert playback.hold() == Stopped("a", 20, 40)
    assert [playback.next_frame() for _ in range(3)] == [Played(SILENT_FRAME)] * 3
    assert playback.held
    assert not playback.idle
    playback.resume()
    assert not playback.held
    assert playback.next_frame().segment is not None


def test_it_goes_on_after_the_last_pause() -> None:
    sentence = [level(100, 1000), level(100, 0), level(200, 2000), level(60, 0), level(200, 3000)]
    playback = playing(Segment(prompt_id="a", audio=join(sentence)), frames=22)
    playback.hold()
    playback.resume()
    assert heard(playback) == level(200, 2000).pcm + level(60, 0).pcm + level(200, 3000).pcm


def test_without_a_pause_it_goes_on_from_the_segments_start() -> None:
    playback = playing(piece("a", 60, sample=1000), piece("a", 200, sample=2000), frames=8)
    playback.hold()
    playback.resume()
    assert heard(playback) == level(200, 2000).pcm


def test_what_may_not_be_cut_is_said_again_from_its_segments_start_and_completes_once() -> None:
    ref = SecretRef("x")
    group = join([level(60, 1000), level(120, 0), level(60, 1000)])
    playback = playing(Segment(prompt_id="a", audio=group, interruptible=False, heard=ref), frames=11)
    playback.hold()
    playback.resume()
    frames = [playback.next_frame() for _ in range(12)]
    assert b"".join(frame.frame for frame in frames) == group.pcm
    assert [frame.completes for frame in frames] == [False] * 11 + [True]


def test_held_before_its_first_frame_it_says_all() -> None:
    playback = playing(piece(duration_ms=40, sample=9))
    playback.hold()
    playback.resume()
    assert playback.next_frame().begins
    assert heard(playback) == level(20, 9).pcm


def test_a_bot_held_in_a_secret_knows_it() -> None:
    secret = Segment(prompt_id="a", audio=level(60, 9), interruptible=False, secret=True)
    playback = playing(secret, frames=1)
    assert not playback.in_secret
    playback.hold()
    assert playback.in_secret
    assert playing(secret).hold()


def test_after_an_interruption_the_next_prompt_is_played_from_its_start() -> None:
    playback = playing(piece("a"), frames=2)
    playback.interrupt()
    playback.put([piece("a", 40, sample=9)])
    first, second = playback.next_frame(), playback.next_frame()
    assert first.begins
    assert first.frame + second.frame == level(40, 9).pcm
    assert second.completes


@pytest.mark.parametrize(
    ("segments", "frames", "interruptible"),
    [
        pytest.param([], 0, False, id="nothing is said"),
        pytest.param([piece()], 0, True, id="waiting"),
        pytest.param([piece()], 1, True, id="being said"),
        pytest.param([piece(interruptible=False)], 1, False, id="may not be cut"),
        pytest.param([piece(interruptible=False), piece()], 1, False, id="what may not be cut comes first"),
        pytest.param([piece(interruptible=False), piece()], 3, True, id="what may not be cut is over"),
        pytest.param([piece(), piece(interruptible=False)], 1, False, id="what may not be cut still waits"),
        pytest.param([piece()], 3, False, id="all was said"),
    ],
)
def test_only_what_may_be_dropped_is_interruptible(segments: list[Segment], frames: int, interruptible: bool) -> None:
    assert playing(*segments, frames=frames).interruptible is interruptible
