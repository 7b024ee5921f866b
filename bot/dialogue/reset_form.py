"""Validates the slots of `reset_form`: the service, the code, the caller's confirmation of it, and a second factor."""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher

from bot.dialogue.code_slot import SECOND_FACTOR, CodeHeard, Notice, hear_code, key_code
from bot.dialogue.doubt import asked_group, doubt, keyed_again, said_again
from bot.dialogue.open_calls import OpenCalls
from bot.dialogue.turn import turn_hypotheses, turn_intent, turn_keys, turn_texts
from bot.reset.citizen_id import ENDING_DIGITS, ending
from bot.settings import CITIZEN_ID_DIGITS
from bot.vietnamese.corrections import correct
from bot.vietnamese.digits import digit_count, hear_digits
from bot.vietnamese.places import Place

Slots = dict[str, Any]

RESET = "reset"  # the one value of the slot `service`
MENU_KEY = "8"
YES_KEY, NO_KEY = "1", "2"
CODE_IN_MENU_DIGITS = 4  # a caller who says this many digits to the menu is already giving the code
ANEW_DIGITS = 3  # and this many that correct nothing begin the code anew
_CHOOSES = frozenset({"reset_password", "affirm"})  # branch 8 has one service
_ASKS_WHICH = frozenset({Notice.DENIED.value, Notice.UNCLEAR_CORRECTION.value})
# What is explained is explained again; what was not heard is asked for in other words, and then for keys.
_EXPLAINED = frozenset({Notice.OTHER_BRANCH, Notice.CITIZEN_ID, Notice.INSURANCE_CARD, Notice.PHONE_NUMBER})


class ValidateResetForm(FormValidationAction):
    """Decides what an answer fills in and, through the slot `notice`, how to ask on.

    Rasa also validates slots that were set just before the form ran; a slot that was emptied stays empty.
    A spoken code whose only digits with a posterior below `doubt_below` are in one group is asked for that group, once;
    one whose posterior is at least `skip_read_back_above` needs no confirmation. With `second_factor` everybody is
    asked for the end of their citizen's number too, whether or not the code is theirs.
    """

    def __init__(
        self,
        calls: OpenCalls,
        *,
        lengths: tuple[int, ...],
        max_misses: int,
        doubt_below: float,
        skip_read_back_above: float | None,
        second_factor: bool,
    ) -> None:
        self._calls = calls
        self._lengths = lengths
        self._max_misses = max_misses
        self._doubt_below = doubt_below
        self._skip_read_back_above = skip_read_back_above
        self._second_factor = second_factor

    def name(self) -> str:
        return "validate_reset_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> list[str]:
        """Nothing more after too many misses: the form ends and the dialogue gives way 1."""
        if _misses(tracker) >= self._max_misses:
            return []
        return [slot for slot in domain_slots if slot != SECOND_FACTOR or self._second_factor]

    def validate_service(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Slots:
        if value in (None, RESET):
            return {"service": value}
        keys = turn_keys(tracker)
        if keys is not None:
            return self._keyed_choice(tracker, keys)
        if digit_count(value) >= CODE_IN_MENU_DIGITS:
            return {**self._fill_code(tracker, self._heard(tracker)), "service": RESET}
        if turn_intent(tracker) in _CHOOSES or hear_digits(value).digits == MENU_KEY:
            return _progress(service=RESET)
        return self._miss(tracker, service=None)

    def _keyed_choice(self, tracker: Tracker, keys: str) -> Slots:
        """Key 8, the code at once, or the one and then the other in a row."""
        if keys == MENU_KEY:
            return _progress(service=RESET)
        if len(keys) < CODE_IN_MENU_DIGITS:
            return self._miss(tracker, Notice.OTHER_BRANCH, service=None)
        both = keys.startswith(MENU_KEY) and len(keys) - 1 in self._lengths
        return {**self._fill_code(tracker, self._keyed(tracker, keys[1:] if both else keys)), "service": RESET}

    def validate_bhxh_code(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any) -> Slots:
        if value is None:
            return {"bhxh_code": None}
        return self._fill_code(tracker, self._heard(tracker, partial=tracker.get_slot("partial_code") or ""))

    def validate_code_confirmed(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> Slots:
        if value is None:
            return {"code_confirmed": None}
        group = asked_group(tracker.get_slot("bhxh_code"), tracker.get_slot("notice"))
        if group is not None:
            return {**self._group_again(tracker, group), "code_confirmed": None}
        if turn_keys(tracker) is not None:
            return self._keyed_confirmation(tracker)
        return self._changed(tracker) or self._answered(tracker)

    def validate_citizen_id_ending(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Any
    ) -> Slots:
        """The last digits, or the whole number. Not read back: what was hard to make out is asked for once more."""
        if value is None:
            return {"citizen_id_ending": None}
        keys, lengths = turn_keys(tracker), (ENDING_DIGITS, CITIZEN_ID_DIGITS)
        if keys is not None:
            heard = key_code("", keys, lengths=lengths, caller=None)
        else:
            heard = hear_code("", turn_hypotheses(tracker), lengths=lengths, caller=None)
        of_number = heard.posterior.digits[-ENDING_DIGITS:] if heard.posterior else ()
        doubtful = any(share < self._doubt_below for share in of_number) and not _misses(tracker)
        if heard.code is None or doubtful:
            return self._miss(tracker, citizen_id_ending=None)
        return _progress(citizen_id_ending=ending(heard.code))

    def _group_again(self, tracker: Tracker, group: Place) -> Slots:
        """The answer to a doubt: the group, or the whole code. Missed twice, the best guess is read back as it is."""
        code, keys, heard = str(tracker.get_slot("bhxh_code")), turn_keys(tracker), self._heard(tracker)
        if heard.code:
            return _progress(bhxh_code=heard.code)
        if heard.notice in _EXPLAINED | {Notice.RESTARTED}:
            return self._fill_code(tracker, heard)
        if keys is None:
            again, anew = said_again(code, group, turn_texts(tracker)), hear_digits(turn_texts(tracker)[0]).fresh
        else:
            again, anew = keyed_again(code, group, keys.rpartition("*")[2]), "*" in keys
        if again:
            return _progress(bhxh_code=again)
        if anew and len(heard.partial) >= ANEW_DIGITS:
            return self._fill_code(tracker, heard)
        return self._miss(tracker, Notice(tracker.get_slot("notice")))

    def _keyed_confirmation(self, tracker: Tracker) -> Slots:
        keys, heard = turn_keys(tracker) or "", self._heard(tracker)
        if heard.code and heard.code != tracker.get_slot("bhxh_code"):
            return _progress(Notice.CORRECTED, bhxh_code=heard.code, code_confirmed=None)
        if not heard.code and (_asked_which(tracker) or "*" in keys):
            return {**self._fill_code(tracker, heard), "code_confirmed": None}
        if heard.code or keys == YES_KEY:
            return _progress(code_confirmed=True)
        if keys == NO_KEY:
            return _progress(Notice.DENIED, code_confirmed=None)
        return self._miss(tracker, code_confirmed=None)

    def _changed(self, tracker: Tracker) -> Slots | None:
        """What the digits of an answer do to the code that was read back; None when they leave it as it is."""
        code, heard = str(tracker.get_slot("bhxh_code")), self._heard(tracker)
        if heard.notice in _EXPLAINED:  # another number, which is no correction
            return {**self._fill_code(tracker, heard), "code_confirmed": None}
        correction = correct(code, turn_texts(tracker)[0])
        if correction is None:
            return self._read_again(tracker, code, heard)
        if len(correction.candidates) > 1:
            return self._unclear(tracker)
        return _progress(Notice.CORRECTED, bhxh_code=correction.candidates[0], code_confirmed=None)

    def _read_again(self, tracker: Tracker, code: str, heard: CodeHeard) -> Slots | None:
        """The caller reads the code themselves: the same, another one, or the beginning of one."""
        if heard.code == code:
            return _progress(code_confirmed=True) if turn_intent(tracker) in {"affirm", "give_code"} else None
        if heard.code:
            return _progress(Notice.CORRECTED, bhxh_code=heard.code, code_confirmed=None)
        anew = _asked_which(tracker) or hear_digits(turn_texts(tracker)[0]).fresh
        if anew and len(heard.partial) >= ANEW_DIGITS:
            return {**self._fill_code(tracker, heard), "code_confirmed": None}
        return None

    def _answered(self, tracker: Tracker) -> Slots:
        """An answer that leaves the code as it is: yes, no, or nothing to go on."""
        intent, asked_which = turn_intent(tracker), _asked_which(tracker)
        if intent == "affirm":
            return _progress(code_confirmed=True)
        if intent == "deny":
            return _restart() if asked_which else _progress(Notice.DENIED, code_confirmed=None)
        if asked_which or intent in {"give_code", "correct_code"}:
            return self._unclear(tracker)
        return self._miss(tracker, code_confirmed=None)

    def _heard(self, tracker: Tracker, partial: str = "") -> CodeHeard:
        """The digits of this turn, spoken or keyed, after those of `partial`."""
        keys = turn_keys(tracker)
        if keys is not None:
            return self._keyed(tracker, keys, partial)
        caller = self._calls.get(tracker.sender_id).number
        correcting = tracker.get_slot("notice") == Notice.CORRECTING.value
        return hear_code(partial, turn_hypotheses(tracker), lengths=self._lengths, caller=caller, correcting=correcting)

    def _keyed(self, tracker: Tracker, keys: str, partial: str = "") -> CodeHeard:
        return key_code(partial, keys, lengths=self._lengths, caller=self._calls.get(tracker.sender_id).number)

    def _fill_code(self, tracker: Tracker, heard: CodeHeard) -> Slots:
        if heard.code:
            question = doubt(heard.code, heard.posterior, below=self._doubt_below)
            sure: Slots = {"code_confirmed": True} if not question and self._is_sure(tracker, heard) else {}
            return _progress(question, bhxh_code=heard.code, partial_code=None, **sure)
        if heard.notice is Notice.RESTARTED:
            return _restart()
        changed = heard.partial not in ("", tracker.get_slot("partial_code"))
        kept: Slots = {"bhxh_code": None, "partial_code": heard.partial or None}
        return _progress(heard.notice, **kept) if changed else self._miss(tracker, heard.notice, **kept)

    def _is_sure(self, tracker: Tracker, heard: CodeHeard) -> bool:
        """Whether the code needs no confirmation. The posterior knows this turn only, and a mismatch belies it."""
        if self._skip_read_back_above is None or heard.posterior is None:
            return False
        of_one_turn = not tracker.get_slot("partial_code") and not tracker.get_slot("reset_result")
        return of_one_turn and heard.posterior.whole >= self._skip_read_back_above

    def _unclear(self, tracker: Tracker) -> Slots:
        """A correction that fits nowhere, or in more than one place; the second time the code is asked for anew."""
        if tracker.get_slot("notice") == Notice.UNCLEAR_CORRECTION.value:
            return self._miss(tracker, bhxh_code=None, code_confirmed=None)
        return self._miss(tracker, Notice.UNCLEAR_CORRECTION, code_confirmed=None)

    def _miss(self, tracker: Tracker, notice: Notice | None = None, **slots: Any) -> Slots:
        """Nothing was gained: count it, and say it another way."""
        misses = _misses(tracker) + 1
        wording = notice or Notice.MISSED_1
        if misses > 1 and notice not in _EXPLAINED | {Notice.UNCLEAR_CORRECTION}:
            wording = Notice.SHORT_2 if slots.get("partial_code") else Notice.MISSED_2
        return {**slots, "misses": float(misses), "notice": wording.value}


def _progress(notice: Notice | None = None, **slots: Any) -> Slots:
    return {**slots, "misses": 0.0, "notice": notice.value if notice else None}


def _restart() -> Slots:
    return _progress(Notice.RESTARTED, bhxh_code=None, partial_code=None, code_confirmed=None)


def _asked_which(tracker: Tracker) -> bool:
    """Whether the question was which digit is wrong, so that digits and no yes were expected."""
    return tracker.get_slot("notice") in _ASKS_WHICH


def _misses(tracker: Tracker) -> int:
    return int(tracker.get_slot("misses") or 0)
