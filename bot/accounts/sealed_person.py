"""A person as a row of `accounts` holds them: values to be found by, and everything sealed."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from bot.accounts.account import Person
from bot.accounts.data_key import DataKey


def columns_of(person: Person, key: DataKey) -> dict[str, object]:
    """The HMACs and `sealed`; sealing the same person again gives other bytes."""
    owner, ending = key.of_code(person.code), person.citizen_id_ending
    return {
        "code_hmac": owner,
        "phone_hmac": key.of_phone(person.phone),
        "citizen_id_hmac": None if ending is None else key.of_citizen_id(person.code, ending),
        "sealed": key.seal(json.dumps(asdict(person), ensure_ascii=False).encode(), owner),
    }


def person_in(row: Any, key: DataKey) -> Person:
    """
    Raises:
        AccountsError: `sealed` does not belong to `code_hmac`, or not to this key.
    """
    return Person(**json.loads(key.unseal(bytes(row.sealed), row.code_hmac)))
