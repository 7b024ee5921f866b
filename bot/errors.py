"""The errors that nhanh8 tells people about.

Nhanh8Error
├── SettingsError       config.yml is wrong: names file and line
├── AudioError          a recording cannot be used
├── ScriptError         a call script cannot be used: names file and line
├── ModelError          a recogniser's or the dialogue's model is missing or broken
├── SpeechError         a voice cannot speak: engine missing, hung or refused
├── DeviceError         no microphone, loudspeaker or PortAudio
├── ListenError         an address to listen on is taken or not ours
├── ClusterError        a Dask cluster cannot be reached, or loses its workers
├── PromptError         a prompt id, text or recording is missing or stale
├── DialogueError       Rasa could not load, train or answer
└── AccountsError       the account database cannot be used
    ├── AccountsBusy    it is locked, full or away for now: try again
    └── ErrandRefused   what follows a reset can never be done this way

Each carries a Vietnamese sentence that says what is wrong and what to do, a stable `code` for logs, and
the exit code that the command line ends with.
"""


class Nhanh8Error(Exception):
    """A failure that a person can act on. `str(error)` is the Vietnamese sentence to show."""

    code = "error"
    exit_code = 1


class SettingsError(Nhanh8Error):
    code = "settings"
    exit_code = 3


class AudioError(Nhanh8Error):
    code = "audio"
    exit_code = 4


class ScriptError(Nhanh8Error):
    code = "script"
    exit_code = 4


class ModelError(Nhanh8Error):
    code = "model"
    exit_code = 5


class SpeechError(Nhanh8Error):
    code = "speech"
    exit_code = 6


class PromptError(Nhanh8Error):
    code = "prompt"
    exit_code = 6


class DeviceError(Nhanh8Error):
    code = "device"
    exit_code = 7


class ListenError(Nhanh8Error):
    code = "listen"
    exit_code = 10


class ClusterError(Nhanh8Error):
    code = "cluster"
    exit_code = 11


class DialogueError(Nhanh8Error):
    code = "dialogue"
    exit_code = 8


class AccountsError(Nhanh8Error):
    code = "accounts"
    exit_code = 9


class AccountsBusy(AccountsError):
    code = "accounts_busy"


class ErrandRefused(AccountsError):
    code = "refused"


class NoAddress(ErrandRefused):
    code = "no_address"
