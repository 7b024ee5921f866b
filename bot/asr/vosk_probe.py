"""Loads a Vosk model and decodes silence, in a process of its own: `python -m bot.asr.vosk_probe <model directory>`."""

from __future__ import annotations

import sys

import vosk

from bot.audio import RATE_HZ, silence


def main() -> None:
    vosk.SetLogLevel(-1)
    model = vosk.Model(sys.argv[1])
    recognizer = vosk.KaldiRecognizer(model, RATE_HZ, '["[unk]"]')
    recognizer.AcceptWaveform(silence(1000).pcm)
    recognizer.FinalResult()


if __name__ == "__main__":
    main()
