"""MFCC exactly as Vosk computes them from `conf/mfcc.conf` (kaldi-native-fbank is Kaldi's own code)."""

from __future__ import annotations

import kaldi_native_fbank as knf
import numpy as np
import numpy.typing as npt

from recipe.export import COEFFICIENTS, SAMPLE_RATE_HZ

LOW_HZ, HIGH_HZ = 20, 3800


def mfcc(samples: npt.NDArray[np.generic]) -> npt.NDArray[np.float32]:
    """[frames of 10 ms, 40] of samples at 8 kHz in int16 scale; windows of 25 ms, none cut."""
    options = knf.MfccOptions()
    options.frame_opts.samp_freq = SAMPLE_RATE_HZ
    options.frame_opts.dither = 0.0
    options.mel_opts.num_bins = options.num_ceps = COEFFICIENTS
    options.mel_opts.low_freq, options.mel_opts.high_freq = LOW_HZ, HIGH_HZ
    options.use_energy = False
    computer = knf.OnlineMfcc(options)
    computer.accept_waveform(SAMPLE_RATE_HZ, samples.astype(np.float32).tolist())
    computer.input_finished()
    frames = [computer.get_frame(at) for at in range(computer.num_frames_ready)]
    return np.array(frames, np.float32).reshape(-1, COEFFICIENTS)
