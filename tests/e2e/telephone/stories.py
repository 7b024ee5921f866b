"""What callers do in their calls with the bot, from the greeting to the end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from bot.asr.voice_activity import VoiceActivity
from bot.audio import RATE_HZ, Audio
from bot.call.barge_in import LastingVoice
from bot.evaluate.sounds import SOUND_AT_MS, short_sound
from bot.settings import BargeInSettings
from tests.e2e.telephone.person import Person

Story = Callable[[Person], Awaitable[None]]

GREETING, MENU = "utter_greeting", "utter_ask_reset_form_service"
CODE, CODE_AGAIN = "utter_ask_reset_form_bhxh_code", "utter_ask_reset_form_bhxh_code.12"
READ_BACK = ("utter_ask_reset_form_code_confirmed-1", "utter_ask_reset_form_code_confirmed-2")
PASSWORD, AGAIN, CLOSING = "utter_password-1", "utter_password-2", "utter_ask_closing_form_anything_else"

NOBODYS_CODE = "0784206473"
SPEECH_AFTER_KEY_S = 1.7  # sooner it would only go along with the keys
GOODBYE_S = 25


async def speaks(person: Person) -> None:
    await person.hears_out(MENU)
    await person.says("cấp lại mật khẩu")
    await speaks_from_the_code_on(person)


async def presses_8_and_speaks(person: Person) -> None:
    await person.hears(GREETING)
    await person.presses("8")
    await speaks_from_the_code_on(person)


async def speaks_from_the_code_on(person: Person) -> None:
    await person.hears_out(CODE)
    await person.says(person.code)
    await person.hears_out(READ_BACK[1])
    await person.says("vâng đúng")
    await person.hears_out(CLOSING)
    await person.says("không")
    await person.call.ended(GOODBYE_S)


async def presses_up_to_the_password(person: Person) -> None:
    await person.hears(GREETING)
    await person.presses("8")
    await person.hears(CODE)
    await person.presses(person.code)
    await person.hears(READ_BACK[0])
    await person.presses("1")
    await person.hears(PASSWORD)


async def presses(person: Person) -> None:
    await presses_up_to_the_password(person)
    await person.hears_out(CLOSING)
    await person.call.ended(GOODBYE_S)


async def has_no_account(person: Person) -> None:
    await person.hears(GREETING)
    await person.presses("8")
    await person.hears_out(CODE)
    await person.says(NOBODYS_CODE)
    await person.hears_out(READ_BACK[1])
    await person.presses("1")
    await person.hears("utter_no_match")
    await person.hears_out(CODE_AGAIN)
    await person.presses(NOBODYS_CODE)
    await person.hears(READ_BACK[0])
    await person.presses("1")
    await person.hears_out("utter_no_match")
    await person.hears_out("utter_close_way_1")
    await person.call.ended(GOODBYE_S)


async def interrupts_and_keys_the_rest(person: Person) -> None:
    """Hangs up once they have the password once."""
    await person.hears(GREETING)
    await person.says("cấp lại mật khẩu")
    await person.hears_out(CODE)
    await person.says(person.code[:5])
    await person.presses(person.code[5:])
    await person.hears(READ_BACK[0])
    await person.presses("1")
    await person.hears(AGAIN)
    await person.call.hang_up()


async def coughs_and_speaks_the_rest(person: Person) -> None:
    """Hangs up in the middle of the password."""
    await person.hears(GREETING)
    await person.makes(cough())
    await person.hears_out(MENU)
    await person.presses("8")
    await person.hears_out(CODE)
    await person.presses(person.code[:5])
    await asyncio.sleep(SPEECH_AFTER_KEY_S)
    await person.says(person.code[5:])
    await person.hears_out(READ_BACK[1])
    await person.says("vâng đúng")
    await hangs_up_in_the_password(person)


async def hangs_up_in_the_password(person: Person) -> None:
    await person.hears_out(PASSWORD)
    await asyncio.sleep(1.5)
    await person.call.hang_up()


async def hangs_up_in_a_digit(person: Person) -> None:
    await person.hears(GREETING)
    await person.presses("8")
    await person.hears_out(CODE)
    saying = asyncio.create_task(person.says(person.code), name="caller speaks")
    await asyncio.sleep(0.8)
    await person.call.hang_up()
    saying.cancel()


async def is_silent(person: Person) -> None:
    for piece in (MENU, f"{MENU}.2", f"{MENU}.3", "utter_give_up"):
        await person.hears_out(piece)
    await person.call.ended(GOODBYE_S)


async def hides_the_number(person: Person) -> None:
    await person.hears_out("utter_withheld")
    await person.call.ended(GOODBYE_S)


async def wants_a_person(person: Person) -> None:
    await person.hears(GREETING)
    await person.says("cho tôi gặp tổng đài viên")
    await person.hears_out("utter_agent")
    await person.call.voice()  # of the place where the test's dialplan sends callers
    await asyncio.sleep(0.5)


def cough() -> Audio:
    """A synthetic one that lasts long enough to stop the bot."""
    sounds = (short_sound("cough", seed) for seed in range(100))
    whole = next(sound for sound in sounds if _lasts(sound))
    start, end = (2 * RATE_HZ * ms // 1000 for ms in (SOUND_AT_MS, SOUND_AT_MS + 400))
    return Audio(whole.pcm[start:end])


def _lasts(sound: Audio) -> bool:
    voice, lasting = VoiceActivity(), LastingVoice(BargeInSettings().voice_ms + 40)
    return any(lasting.frame(voice.is_speech(frame)) for frame in sound.frames())
