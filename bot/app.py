"""The composition root: builds the adapters that the settings name and gives them to the calls. Nobody else does."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
import logging
import os
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from pathlib import Path

from bot.accounts.agency_service import AgencyService
from bot.accounts.data_key import data_key
from bot.accounts.database import Database
from bot.accounts.directory import SqlAccountDirectory
from bot.accounts.email_errands import EmailErrands, MailServer
from bot.accounts.errand_file import ErrandFile
from bot.accounts.errand_runners import FirstOrElse, HttpErrands, JsonLinesErrands, NoErrands
from bot.accounts.errand_worker import ErrandWorker
from bot.accounts.outbox import Outbox
from bot.accounts.passwords import Argon2Hasher
from bot.accounts.personal_data import PersonalData
from bot.accounts.register import AccountRegister
from bot.accounts.rest_directory import RestAccountDirectory
from bot.accounts.sms_errands import SmsCenter, SmsErrands
from bot.accounts.trial import TrialDirectory
from bot.asr.engines import Engines
from bot.asr.voice_activity import VoiceActivity
from bot.asr.workers import HeardBy, RecognizerWorkers
from bot.audio import WIDE_BAND_HZ
from bot.call.listening import Ears
from bot.call.recording import Recording
from bot.call.session import CallSession, Staff
from bot.call_files import CallFiles
from bot.dialogue.actions import AnswerCall, CheckAccount, ForgetCode
from bot.dialogue.closing_form import ValidateClosingForm
from bot.dialogue.open_calls import OpenCalls
from bot.dialogue.rasa_dialogue import PLEASE_WAIT, TROUBLE_RESPONSES, RasaDialogue
from bot.dialogue.reset_form import ValidateResetForm
from bot.dialogue.training import DialogueSources
from bot.errors import AccountsError, SettingsError, SpeechError
from bot.events import EventLog, Kind, Sink
from bot.ports import (
    AccountDirectory,
    AttemptLimits,
    Caller,
    CallRecord,
    CallTransport,
    Dialogue,
    ErrandKind,
    ErrandRunner,
    Recognizer,
    Synthesizer,
)
from bot.privacy import Privacy
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

AGENCY_TOKEN = "NHANH8_AGENCY_TOKEN"  # noqa: S105 - the variable's name: proves to the agency's services who asks
SMTP_PASSWORD = "NHANH8_SMTP_PASSWORD"  # noqa: S105 - the variable's name: of `after_reset.email.user`
SMPP_PASSWORD = "NHANH8_SMPP_PASSWORD"  # noqa: S105 - the same of `after_reset.sms.user`

# Synthetic callers speak with voices that are not the bot's.
CALLER_VOICE, CALLER_RATE_WPM, CALLER_PITCH = "vi+m6", 150, 50
CALLER_VOICES = ("espeak:vi+m6", "espeak:vi+f5@130", "espeak:vi@180", "espeak:vi+m3@200", "average:low", "average:high")


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
    return AccountRegister(
        settings.accounts_url,
        key=data_key(settings.data_key_file),
        code_lengths=settings.code.lengths,
        busy_ms=accounts.busy_ms,
    )


def privacy(settings: Settings, events: Path | None, recordings: Path | None) -> Privacy:
    """What is kept about callers: in our database, and in the folders of `serve`. Close it. Raises AccountsError."""
    accounts = settings.accounts
    data = None
    if not accounts.is_service:
        data = PersonalData(settings.accounts_url, key=data_key(settings.data_key_file), busy_ms=accounts.busy_ms)
    files = CallFiles(events=events, recordings=recordings)
    return Privacy(data, files, _errand_file(settings), settings.privacy, settings.limits)


def _errand_file(settings: Settings) -> ErrandFile:
    return ErrandFile(settings.root / settings.after_reset.file)


def account_directory(settings: Settings) -> SqlAccountDirectory | RestAccountDirectory:
    """The accounts as calls use them, in a database or behind the agency's service. Raises AccountsError."""
    accounts = settings.accounts
    if accounts.is_service:
        agency = accounts.agency
        service = AgencyService(
            accounts.url,
            token=os.environ.get(AGENCY_TOKEN),
            timeout_ms=agency.timeout_ms,
            patience_ms=accounts.retry_ms,
            failures=agency.failures,
            pause_s=agency.pause_ms / 1000,
        )
        return RestAccountDirectory(service)
    return SqlAccountDirectory(
        settings.accounts_url,
        key=data_key(settings.data_key_file),
        busy_ms=accounts.busy_ms,
        retry_ms=accounts.retry_ms,
    )


def outbox(settings: Settings) -> Outbox:
    """What follows resets, in our own database. Raises AccountsError."""
    return Outbox(Database(settings.accounts_url, busy_ms=settings.accounts.busy_ms), data_key(settings.data_key_file))


def errand_worker(settings: Settings, outbox: Outbox) -> ErrandWorker:
    """Who does it, as the settings say. Raises SettingsError, AccountsError."""
    after = settings.after_reset
    return ErrandWorker(
        outbox,
        {
            ErrandKind.END_LOGINS: _errand_runner(settings, after.end_logins, after.end_logins_url),
            ErrandKind.TELL_OWNER: _owner_teller(settings),
        },
        SystemClock(),
        first_wait_s=after.first_wait_s,
        longest_wait_s=after.longest_wait_s,
    )


def _owner_teller(settings: Settings) -> ErrandRunner:
    after = settings.after_reset
    if after.tell_owner != "email":
        return _errand_runner(settings, after.tell_owner, after.tell_owner_url)
    by_email = EmailErrands(
        mail_server(settings),
        sender=after.email.address,
        subject=after.email.subject,
        text=after.text,
        clock=SystemClock(),
    )
    if after.without_email == "none":
        return by_email  # what it refuses is given up, and seen in the outbox
    return FirstOrElse(by_email, _errand_runner(settings, after.without_email, after.tell_owner_url))


def _errand_runner(settings: Settings, who: str, url: str | None) -> ErrandRunner:
    after = settings.after_reset
    if who == "none":
        return NoErrands()
    if who == "file":
        return JsonLinesErrands(_errand_file(settings), after.text)
    if who == "sms":
        return SmsErrands(sms_center(settings), text=after.text)
    token = os.environ.get(AGENCY_TOKEN)
    return HttpErrands(AgencyService(url or "", token=token, timeout_ms=after.timeout_ms, patience_ms=0), after.text)


def mail_server(settings: Settings) -> MailServer:
    """Where mail to owners is handed in. Raises SettingsError."""
    email = settings.after_reset.email
    return MailServer(
        host=email.host or "",
        port=email.port,
        security=email.security,
        user=email.user,
        password=_password(SMTP_PASSWORD, "email", email.user) if email.user else None,
        hello=email.address.domain,
        timeout_ms=email.timeout_ms,
    )


def sms_center(settings: Settings) -> SmsCenter:
    """Where SMS to owners are handed in. Raises SettingsError."""
    sms = settings.after_reset.sms
    return SmsCenter(
        host=sms.host or "",
        port=sms.port,
        security=sms.security,
        user=sms.user or "",
        password=_password(SMPP_PASSWORD, "sms", sms.user),
        sender=sms.sender or "",
        timeout_ms=sms.timeout_ms,
    )


def _password(variable: str, section: str, user: str | None) -> str:
    password = os.environ.get(variable)
    if not password:
        raise SettingsError(f"Cần biến môi trường {variable}: mật khẩu của {user} (after_reset.{section}.user).")
    return password


def trial_accounts(folder: Path) -> TrialDirectory:
    """Accounts for test calls, in files of a folder of their own."""
    return TrialDirectory(folder)


def prompt_catalog(settings: Settings) -> PromptCatalog:
    return PromptCatalog.load(settings.nlu_dir / "domain.yml")


def prompt_library(settings: Settings) -> PromptLibrary:
    return PromptLibrary(settings.prompts_dir, prompt_catalog(settings))


def bot_voice(settings: Settings) -> Pyttsx3Synthesizer:
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


def caller_voices(settings: Settings) -> list[str]:
    """Several to call with, by names for `named_voice`; none is the bot's."""
    voice = settings.voice
    own = {"average": f"average:{voice.average.mixture}", "espeak": f"espeak:{voice.espeak.name}"}.get(voice.engine)
    return [name for name in CALLER_VOICES if name.partition("@")[0] != own]


def named_voice(settings: Settings, name: str) -> Synthesizer:
    """A synthetic caller's voice: `espeak:VOICE@WORDS_A_MINUTE`, or `average:MIXTURE@RATE` of the settings' model.

    Raises:
        SpeechError: no such engine, or no such speed.
    """
    engine, _, rest = name.partition(":")
    voice, _, speed = rest.partition("@")
    try:
        if engine == "espeak" and voice:
            rate_wpm = int(speed or CALLER_RATE_WPM)
            return Pyttsx3Synthesizer(espeak(voice, rate_wpm=rate_wpm, pitch=CALLER_PITCH))
        if engine == "average" and voice:
            return Pyttsx3Synthesizer(
                average(settings.root / settings.voice.average.model, mixture=voice, rate=float(speed or 1))
            )
    except ValueError:
        pass
    raise SpeechError(f"Không có giọng {name!r}. Viết như: {', '.join(CALLER_VOICES)}.")


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
    return _engines(settings).load(engine)[engine]


def _engines(settings: Settings) -> Engines:
    return Engines(
        vosk_model=settings.model_dir,
        nlu=settings.nlu_dir / "nlu",
        digit_head=settings.root / "models" / "vietasr-digits" / "head.npz",
        code_lengths=settings.code.lengths,
    )


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


def turn_engines(settings: Settings, report: Report) -> dict[Expect, HeardBy]:
    """Which engine hears which turn, as the settings and what is installed say."""
    engines = settings.recogniser.engines
    table = {expect: engines.expecting(expect) for expect in Expect}
    if "fused" in table.values() and "fused" not in recognizer_names(settings):
        report("Chưa cài viet-asr: chỉ nghe bằng Vosk")
        table = {expect: "vosk" if engine == "fused" else engine for expect, engine in table.items()}
    fused = HeardBy("fused", at_once=settings.recogniser.fused_at_once, beyond="vosk")
    return {expect: fused if engine == "fused" else HeardBy(engine) for expect, engine in table.items()}


def hearing(settings: Settings, report: Report) -> RecognizerWorkers:
    """The settings' engines, which are loaded in processes of their own meanwhile."""
    turns, ears = turn_engines(settings, report), settings.recogniser
    load = partial(_engines(settings).load, *{row.engine for row in turns.values()})
    return RecognizerWorkers(load, turns, count=ears.workers, longest_s=ears.timeout_ms / 1000)


class Bot:
    """Everything loaded that holds calls; loading takes some ten seconds, and `report` is told what is being loaded.

    `text_only` leaves out ears and mouth: for the keyboard. `directory` stands instead of the settings' accounts, and
    stays open. Close it when done.
    """

    def __init__(
        self,
        settings: Settings,
        report: Report,
        *,
        text_only: bool = False,
        directory: AccountDirectory | None = None,
    ) -> None:
        self.settings = settings
        self._closing: list[Callable[[], None]] = []
        self._work = ThreadPoolExecutor(4, thread_name_prefix="work")
        self._closing.append(self._work.shutdown)
        try:
            self.directory = directory or self._open_directory(report)
            vault = SecretVault(SystemClock(), settings.password.speak_within_s)
            self.service = reset_service(settings, self.directory, vault)
            if not text_only:
                report("Nạp bộ nhận dạng tiếng nói")
                self.hearing = hearing(settings, report)
                self._closing.append(self.hearing.close)
                report("Nạp giọng nói")
                self._speaker = self._open_speaker(vault)
                self.hearing.wait()
            report("Nạp hội thoại Rasa")
            self.dialogue = _dialogue(settings, self.service)
            self._closing.append(self.dialogue.close)
            if not text_only:
                self._ready_words()
        except BaseException:
            self.close()
            raise

    async def take(
        self,
        number: str | None,
        transport: CallTransport,
        *sinks: Sink,
        call_id: str | None = None,
        trunk: str | None = None,
        recorded: bool = True,
        dialogue: Dialogue | None = None,
    ) -> FinishedCall:
        """Hold one call on `transport` to its end and keep its record; `call_id` is the PBX's, where it has one, and
        `trunk` the name it gave to the trunk, else the settings'.

        `dialogue` stands before the bot's own, to watch it.
        """
        caller = Caller(call_id or secrets.token_hex(8), number, trunk or self.settings.telephone.trunk)
        started_at = SystemClock().now()
        events = EventLog(*sinks)
        session = CallSession(
            caller=caller,
            transport=transport,
            staff=Staff(
                dialogue=dialogue or self.dialogue,
                speaker=self._speaker,
                desk=self.service,
                worker=self._work,
                please_wait=self._please_wait,
                patience_s=self.settings.call.patience_ms / 1000,
                longest_s=_longer_than_databases(self.settings),
            ),
            ears=Ears(
                hearing=self.hearing,
                voice_activity=VoiceActivity(self.settings.recogniser.vad_aggressiveness),
                count_digits=digit_count,
                takes_the_turn=takes_the_turn,
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
            caller=number,
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
            kept = dataclasses.asdict(dataclasses.replace(record, caller=None))
            log.error("call record not kept", extra={"error": error.code, **kept})
            return error
        return None

    def close(self) -> None:
        """Stop workers and threads; harmless twice."""
        while self._closing:
            self._closing.pop()()

    def _open_directory(self, report: Report) -> AccountDirectory:
        report("Mở danh bạ tài khoản")
        directory = account_directory(self.settings)
        self._closing.append(directory.close)
        directory.check()
        return directory

    def _ready_words(self) -> None:
        """What is said when something is wrong has to be there when the voice is what is wrong."""
        for response in TROUBLE_RESPONSES.values():
            self._speaker.render(self.dialogue.sentence(response).says)
        self._please_wait = self._speaker.render(self.dialogue.sentence(PLEASE_WAIT).says)

    def _open_speaker(self, vault: SecretVault) -> PromptSpeaker:
        voice, pace = bot_voice(self.settings), self.settings.voice
        self.voice = voice
        self._closing.append(voice.close)
        return PromptSpeaker(
            prompt_library(self.settings),
            voice,
            vault.resolve,
            code_pace=Pace(gap_ms=pace.digit_gap_ms, pause_ms=pace.group_pause_ms),
            secret_pace=Pace(gap_ms=pace.secret_digit_gap_ms, pause_ms=pace.secret_group_pause_ms),
        )


def _longer_than_databases(settings: Settings) -> float:
    """How long a dialogue may take, in s: until the accounts have given up by themselves (`bot.accounts.database`)."""
    accounts = settings.accounts
    return max(20.0, 5 + (accounts.retry_ms + 2 * accounts.busy_ms + 1000) / 1000)


def reset_service(settings: Settings, directory: AccountDirectory, vault: SecretVault) -> ResetService:
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
            second_factor=settings.call.second_factor == "citizen_id",
        ),
        CheckAccount(calls, service, max_misses=misses),
        ForgetCode(),
        ValidateClosingForm(service, max_misses=misses),
    ]
    return RasaDialogue(dialogue_sources(settings).model, actions, calls, code_digits=max(settings.code.lengths))
