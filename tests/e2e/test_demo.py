"""What a newcomer runs first."""

from __future__ import annotations

import subprocess
import wave

from tests.e2e.conftest import ROOT


def test_demo_plays_a_matching_and_a_mismatching_caller_and_leaves_stereo_recordings() -> None:
    done = subprocess.run(["scripts/demo"], cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stderr
    assert "Kết thúc: đã cấp mật khẩu mới" in done.stdout
    assert "Kết thúc: không khớp" in done.stdout
    assert "synthetic" in done.stdout
    for name in ("match", "mismatch"):
        with wave.open(str(ROOT / "var/demo" / f"{name}.wav")) as recording:
            assert recording.getnchannels() == 2
            assert recording.getnframes() > 30 * recording.getframerate()
