"""Loads a Vosk model and decodes silence, in a process of its own. Arguments: model directory, its rate in Hz."""

from __future__ import annotations

import sys

import vosk

from bot.audio import silence


def main() -> None:
    vosk.SetLogLevel(-1)
    model = vosk.Model(sys.argv[1])
    rate_hz = int(sys.argv[2])
    recognizer = vosk.KaldiRecognizer(model, rate_hz, '["[unk]"]')
    recognizer.AcceptWaveform(silence(1000, rate_hz).pcm)
    recognizer.FinalResult()


if __name__ == "__main__":
    main()
