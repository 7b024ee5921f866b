"""The composition root: builds the adapters that the settings name and gives them to the calls. Nobody else does."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.passwords import Argon2Hasher
from bot.accounts.register import AccountRegister
from bot.asr.by_turn import RecognizerByTurn
from bot.asr.digit_head import DigitHead
from bot.asr.fusion import FusedRecognizer
from bot.asr.grammars import Grammars
from bot.asr.voice_activity import VoiceActivity
from bot.asr.vosk_engine import VoskRecognizer
from bot.audio import WIDE_BAND_HZ
from bot.call.listening import Ears
from bot.call.recording import Recording
from bot.call.session import CallSession, Staff
from bot.dialogue.actions import AnswerCall, CheckAccount, ForgetCode
from bot.dialogue.closing_form import ValidateClosingForm
from bot.dialogue.open_calls import OpenCalls
from bot.dialogue.rasa_dialogue import RasaDialogue
from bot.dialogue.reset_form import ValidateResetForm
from bot.dialogue.training import DialogueSources
from bot.errors import AccountsError
from bot.events import EventLog, Kind, Sink
from bot.ports import AttemptLimits, Caller, CallRecord, CallTransport, Recognizer, Synthesizer
from bot.replies import Expect, Outcome
from bot.reset.fee import fee_vnd
from bot.reset.password import PasswordPolicy
from bot.reset.service import ResetService
from bot.reset.vault import SecretVault
from bot.settings import Settings
from bot.transports.call_script import CallScript, read_script
from bot.transports.scripted_caller import ScriptedCaller
from bot.tts.library import PromptLibrary
from bot.tts.phrase_driver import PhraseVoice
from bot.tts.prompts import PromptCatalog
from bot.tts.pyttsx3_engine import Pyttsx3Synthesizer, SpeechDriver
from bot.tts.reading import Pace
from bot.tts.speaker import PromptSpeaker
from bot.tts.voices import average, espeak, piper
from bot.vietnamese.digits import digit_count
from bot.vietnamese.taking_turns import takes_the_turn

log = logging.getLogger(__name__)
Report = Callable[[str], None]

# Synthetic callers speak with voices that are not the bot's.
CALLER_VOICE, CALLER_RATE_WPM, CALLER_PITCH = "vi+m6", 150, 50


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(timezone.utc)


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedCall:
    """What is left of a call: its record, a recording without secrets, and why the record could not be kept."""

    record: CallRecord
    outcome: Outcome
    recording: Recording
    unrecorded: AccountsError | None


def dialogue_sources(settings: Settings) -> DialogueSources:
    return DialogueSources(settings.config_file, settings.nlu_dir, settings.root / "models" / "dialogue")


def account_register(settings: Settings) -> AccountRegister:
    accounts = settings.accounts
    return AccountRegister(settings.accounts_url, code_lengths=settings.code.lengths, busy_ms=accounts.busy_ms)


def prompt_catalog(settings: Settings) -> PromptCatalog:
    return PromptCatalog.load(settings.nlu_dir / "domain.yml")


def prompt_library(settings: Settings) -> PromptLibrary:
    return PromptLibrary(settings.prompts_dir, prompt_catalog(settings))


def bot_voice(settings: Settings) -> Synthesizer:
    return Pyttsx3Synthesizer(_speech_driver(settings), timeout_s=settings.voice.timeout_ms / 1000)


def _speech_driver(settings: Settings) -> SpeechDriver:
    voice = settings.voice
    if voice.engine == "average":
        ours = voice.average
        return average(settings.root / ours.model, mixture=ours.mixture, pitch_hz=ours.pitch_hz, rate=ours.rate)
    if voice.engine == "piper":
        theirs = voice.piper
        return piper(
            settings.root / theirs.model,
            model_sha256=theirs.model_sha256,
            config_sha256=theirs.config_sha256,
            rate=theirs.rate,
        )
    return espeak(**dataclasses.asdict(voice.espeak))


def phrase_voice(settings: Settings) -> PhraseVoice | None:
    """The settings' voice in this process, where it is ours: for measuring. Raises SpeechError."""
    if settings.voice.engine != "average":
        return None
    from bot.tts.average_voice import AverageVoice  # noqa: PLC0415 - calls leave it to the worker

    ours = settings.voice.average
    return AverageVoice(settings.root / ours.model, mixture=ours.mixture, pitch_hz=ours.pitch_hz, rate=ours.rate)


def caller_voice() -> Synthesizer:
    """The voice of synthetic callers: proves plumbing, says nothing about how people are understood."""
    return Pyttsx3Synthesizer(espeak(CALLER_VOICE, rate_wpm=CALLER_RATE_WPM, pitch=CALLER_PITCH))


def scripted_caller(settings: Settings, path: Path) -> tuple[CallScript, ScriptedCaller]:
    """A call script and its caller, what they say synthesised. Raises ScriptError, AudioError, SpeechError."""
    script = read_script(path, prompt_catalog(settings).responses)
    voice = caller_voice()
    try:
        return script, ScriptedCaller(script.steps(voice.synthesize), script.line.idle_frames(), outcome=script.outcome)
    finally:
        voice.close()


def recognizer(settings: Settings, engine: str) -> Recognizer:
    """One engine by its name in the settings. Raises ModelError."""
    if engine == "vietasr":
        from bot.asr.vietasr_engine import VietAsrRecognizer  # noqa: PLC0415 - an optional extra

        return VietAsrRecognizer()
    if engine == "grammar":
        from bot.asr.grammar_engine import GrammarRecognizer  # noqa: PLC0415 - an optional extra
        from bot.asr.vietasr_network import Network  # noqa: PLC0415

        head = DigitHead.load(settings.root / "models" / "vietasr-digits" / "head.npz")
        return GrammarRecognizer(Network(), _grammars(settings), lengths=settings.code.lengths, head=head)
    ours = VoskRecognizer(settings.model_dir, _grammars(settings))
    return FusedRecognizer(ours, recognizer(settings, "grammar")) if engine == "fused" else ours


def wide_band_ears() -> Recognizer:
    """viet-asr's plain text at 16 kHz: for measuring a voice away from the telephone. Raises ModelError."""
    from bot.asr.vietasr_engine import VietAsrRecognizer  # noqa: PLC0415 - an optional extra

    return VietAsrRecognizer(WIDE_BAND_HZ)


def recognizer_names(settings: Settings) -> list[str]:
    """The engines that `recognizer` can give here, ours first."""
    ours = ["vosk"] if settings.model_dir.is_dir() else []
    extra = ("vietasr", "onnxruntime", "kaldi_native_fbank")
    theirs = ["vietasr", "grammar"] if all(map(importlib.util.find_spec, extra)) else []
    return [*ours, *theirs, *(["fused"] if ours and theirs else [])]


def turn_recognizer(settings: Settings, report: Report) -> Recognizer:
    """The settings' table of engines, each loaded once. Raises ModelError."""
    engines = settings.recogniser.engines
    table = {expect: engines.expecting(expect) for expect in Expect}
    if "fused" in table.values() and "fused" not in recognizer_names(settings):
        report("Chưa cài viet-asr: chỉ nghe bằng Vosk")
        table = {expect: "vosk" if engine == "fused" else engine for expect, engine in table.items()}
    loaded: dict[str, Recognizer] = {}

    def load(engine: str) -> Recognizer:
        if engine not in loaded:
            both = engine == "fused"
            loaded[engine] = _fused(settings, load("vosk"), load("grammar")) if both else recognizer(settings, engine)
        return loaded[engine]

    return RecognizerByTurn({expect: load(engine) for expect, engine in table.items()})


def _fused(settings: Settings, first: Recognizer, second: Recognizer) -> FusedRecognizer:
    return FusedRecognizer(first, second, at_once=settings.recogniser.fused_at_once)


def _grammars(settings: Settings) -> Grammars:
    return Grammars(settings.nlu_dir / "nlu")


class Bot:
    """Everything loaded that holds calls; loading takes some ten seconds, and `report` is told what is being loaded.

    `text_only` leaves out ears and mouth: for the keyboard. Close it when done.
    """

    def __init__(self, settings: Settings, report: Report, *, text_only: bool = False) -> None:
        self.settings = settings
        self._closing: list[Callable[[], None]] = []
        self._work = ThreadPoolExecutor(4, thread_name_prefix="work")
        self._hearing = ThreadPoolExecutor(2, thread_name_prefix="asr")
        self._closing += [self._work.shutdown, self._hearing.shutdown]
        try:
            report("Mở danh bạ tài khoản")
            accounts = settings.accounts
            self.directory = SqlAccountDirectory(
                settings.accounts_url, busy_ms=accounts.busy_ms, retry_ms=accounts.retry_ms
            )
            self._closing.append(self.directory.close)
            self.directory.check()
            vault = SecretVault(SystemClock(), settings.password.speak_within_s)
            self.service = _reset_service(settings, self.directory, vault)
            if not text_only:
                report("Nạp bộ nhận dạng tiếng nói")
                self._recognizer = turn_recognizer(settings, report)
                report("Nạp giọng nói")
                self._speaker = self._open_speaker(vault)
            report("Nạp hội thoại Rasa")
            self.dialogue = _dialogue(settings, self.service)
            self._closing.append(self.dialogue.close)
        except BaseException:
            self.close()
            raise

    async def take(
        self,
        number: str | None,
        transport: CallTransport,
        *sinks: Sink,
        call_id: str | None = None,
        recorded: bool = True,
    ) -> FinishedCall:
        """Hold one call on `transport` to its end and keep its record; `call_id` is the PBX's, where it has one."""
        caller = Caller(call_id or secrets.token_hex(8), number, self.settings.telephone.trunk)
        started_at = SystemClock().now()
        events = EventLog(*sinks)
        session = CallSession(
            caller=caller,
            transport=transport,
            staff=Staff(dialogue=self.dialogue, speaker=self._speaker, desk=self.service, worker=self._work),
            ears=Ears(
                recognizer=self._recognizer,
                voice_activity=VoiceActivity(self.settings.recogniser.vad_aggressiveness),
                count_digits=digit_count,
                takes_the_turn=takes_the_turn,
                worker=self._hearing,
                settings=self.settings.turns,
            ),
            events=events,
            max_call_ms=self.settings.call.max_call_ms,
            recorded=recorded,
        )
        result = await session.run()
        record = CallRecord(
            call_id=caller.call_id,
            started_at=started_at,
            duration_ms=result.duration_ms,
            fee_vnd=fee_vnd(result.duration_ms, self.settings.call.fee_per_minute_vnd),
            outcome=result.outcome.value,
            turns=result.turns,
        )
        events.emit(
            Kind.CALL_ENDED,
            result.duration_ms,
            outcome=record.outcome,
            duration_ms=record.duration_ms,
            fee_vnd=record.fee_vnd,
            turns=record.turns,
        )
        return FinishedCall(
            record=record,
            outcome=result.outcome,
            recording=session.line.recording,
            unrecorded=await self._keep(record),
        )

    async def _keep(self, record: CallRecord) -> AccountsError | None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._work, self.directory.record_call, record)
        except AccountsError as error:
            log.error("call record not kept", extra={"error": error.code, **dataclasses.asdict(record)})
            return error
        return None

    def close(self) -> None:
        """Stop workers and threads; harmless twice."""
        while self._closing:
            self._closing.pop()()

    def _open_speaker(self, vault: SecretVault) -> PromptSpeaker:
        voice, pace = bot_voice(self.settings), self.settings.voice
        self._closing.append(voice.close)
        return PromptSpeaker(
            prompt_library(self.settings),
            voice,
            vault.resolve,
            code_pace=Pace(gap_ms=pace.digit_gap_ms, pause_ms=pace.group_pause_ms),
            secret_pace=Pace(gap_ms=pace.secret_digit_gap_ms, pause_ms=pace.secret_group_pause_ms),
        )


def _reset_service(settings: Settings, directory: SqlAccountDirectory, vault: SecretVault) -> ResetService:
    password = settings.password
    return ResetService(
        directory,
        Argon2Hasher(),
        vault,
        PasswordPolicy(length=password.length),
        SystemClock(),
        limits=AttemptLimits(**dataclasses.asdict(settings.limits)),
        tries=settings.call.tries,
        pending_s=password.pending_s,
        expires_h=password.expires_h,
    )


def _dialogue(settings: Settings, service: ResetService) -> RasaDialogue:
    calls = OpenCalls()
    misses = settings.call.max_misses
    actions = [
        AnswerCall(calls, branch_preselected=settings.call.branch_preselected),
        ValidateResetForm(
            calls,
            lengths=settings.code.lengths,
            max_misses=misses,
            doubt_below=settings.code.doubt_below,
            skip_read_back_above=settings.code.skip_read_back_above,
        ),
        CheckAccount(calls, service, max_misses=misses),
        ForgetCode(),
        ValidateClosingForm(service, max_misses=misses),
    ]
    return RasaDialogue(dialogue_sources(settings).model, actions, calls, code_digits=max(settings.code.lengths))
