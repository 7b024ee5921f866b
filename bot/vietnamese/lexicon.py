"""What the words around and inside a spoken number mean: the tables behind `tokens` and `numerals`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a word or a phrase does in an answer that holds a number."""

    NUMBER = auto()  # a word of a numeral, or written figures
    COUNTED = auto()  # "số", "con", "lần": nothing by itself, a repeat after a number
    FILLER = auto()
    CORRECT = auto()  # the digits after it replace those before it
    DENY = auto()  # "không phải": a correction that may name the wrong digits first
    INSTEAD = auto()  # "mà là": the right digits follow
    RATHER = auto()  # "chứ không phải": the wrong digits follow
    MAYBE = auto()  # "à không": a correction, or a pause and a zero
    RESTART = auto()  # everything before it is void
    REREAD = auto()  # a restart if digits follow, else a question to the bot
    FINISHED = auto()
    LETTER = auto()
    NO = auto()  # "không" that means no
    OTHER = auto()


DIGIT_OF: Final[Mapping[str, str]] = {
    **{str(figure): str(figure) for figure in range(10)},
    **{"không": "0", "zero": "0", "zêrô": "0", "giêrô": "0", "zô": "0"},
    **{"một": "1", "mốt": "1", "hai": "2", "ba": "3", "bốn": "4", "tư": "4", "năm": "5", "lăm": "5", "nhăm": "5"},
    **{"sáu": "6", "bảy": "7", "bẩy": "7", "tám": "8", "chín": "9"},
}
TEN: Final = frozenset({"mười", "mươi"})
TENS: Final = frozenset({"mươi", "chục"})
HUNDRED: Final = "trăm"
THOUSAND: Final = frozenset({"nghìn", "ngàn"})
SKIPPED_TENS: Final = frozenset({"linh", "lẻ", "lẽ"})
PAIR: Final = frozenset({"cặp", "đôi"})
SCALES: Final = TEN | TENS | {HUNDRED} | THOUSAND

# A recogniser writes these for a digit; they count only between two number words.
LOOKALIKES: Final[Mapping[str, str]] = {"ai": "hai", "sau": "sáu", "chính": "chín", "bẫy": "bảy", "mộc": "một"}

SOUTHERN_NO: Final = frozenset({"hông", "hổng"})  # "không" in every sense

_NOUGHT: Final = "giê rô, zê rô, dê rô, gie ro, ze ro, zê ro, rê rô"

_COUNTED: Final = "số, con, lần, chữ số, con số, chữ, lần số, cái"

_FILLERS: Final = """
dạ, ạ, vâng, dạ vâng, ờ, ờm, à, ừ, ừm, ưm, ơ, ơi, hừm, um, uhm, thì, là, của, em, tôi, tui, anh, chị, cháu, mình, bác,
cô, chú, bạn, tớ, nó, mã, mã số, sổ, thẻ, bảo hiểm, bảo hiểm xã hội, bảo hiểm y tế, bhxh, bhyt, tiếp, tiếp theo, kế
tiếp, kế, rồi, rồi đến, rồi tới, đến, tới, sau đó, xong đến, xong tới, nhé, nha, nhá, nhỉ, đây, đấy, đó, này, nè, kia,
alo, a lô, á lô, a lo, và, với, gồm, để, cho, xin, đọc, nói, bắt đầu, đầu, đầu tiên, cuối, cuối cùng, còn, còn lại,
đuôi, phẩy, chấm, gạch, ngang, gạch ngang, thưa, ok, ô kê, được, như sau, như này, thế này, hình như, thấy, ghi, in,
trên, mà, nữa, nữa là, chờ, chờ chút, chờ tí, chờ một chút, chờ em một chút, chờ em chút, chờ một tí, đợi, đợi chút,
đợi tí, đợi một chút, đợi em một chút, đợi em tí, đợi tí em xem, một chút, một tí, một lát, một xíu, một lúc, xem, để
em xem, đúng, đúng rồi, sau là, sau nữa là, rồi sau đó, tiếp nữa, nghe, lại, ha, hen, hả, hở, từ từ, thôi
"""

_CORRECT: Final = """
nhầm, à nhầm, ờ nhầm, ấy nhầm, ý nhầm, ủa nhầm, úi nhầm, ui nhầm, nhầm rồi, à nhầm rồi, em nhầm, em nhầm rồi, à em
nhầm, đọc nhầm, nói nhầm, em đọc nhầm, em nói nhầm, tôi nhầm, tôi đọc nhầm, nhầm tí, nhầm chút, nhầm số, nhầm xin lỗi,
xin lỗi nhầm, à xin lỗi, xin lỗi, xin lỗi em nhầm, em xin lỗi, tôi xin lỗi, lộn, à lộn, ý lộn, ủa lộn, lộn rồi, à lộn
rồi, nói lộn, đọc lộn, em nói lộn, em đọc lộn, sửa lại, sửa lại là, em sửa lại, tôi sửa lại, sửa thành, đổi lại, đổi
thành, à quên, ấy chết, ấy chết nhầm, thôi chết, thôi chết nhầm, chết nhầm, sai rồi, à sai rồi, sai, đọc sai, em đọc
sai, nói sai, phải là, đúng ra là, à phải là, nói đúng hơn là, à không nhầm, à không sai rồi
"""

_DENY: Final = "không phải, không phải là, à không phải, ờ không phải, chả phải, đâu phải, chẳng phải"

_RATHER: Final = "chứ không phải, chứ không phải là, chứ đâu phải, chớ không phải, chứ không"

_INSTEAD: Final = "mà là, mà phải là, mà"

_RESTART: Final = """
từ đầu, lại từ đầu, đọc lại từ đầu, nói lại từ đầu, làm lại từ đầu, bắt đầu lại, bắt đầu lại từ đầu, làm lại, em làm
lại, đọc từ đầu, em đọc lại, em đọc lại từ đầu, em xin đọc lại, em xin đọc lại từ đầu, tôi đọc lại, tôi đọc lại từ
đầu, để em đọc lại, để tôi đọc lại, để em nói lại, em nói lại, tôi nói lại, cho em đọc lại, cho em đọc lại từ đầu, cho
tôi đọc lại, xóa hết, bỏ hết, xóa đi, hủy hết, xóa đi đọc lại, em bắt đầu lại, để em làm lại, cho em làm lại
"""

_REREAD: Final = (
    "đọc lại, nói lại, nhắc lại, em nhắc lại, tôi nhắc lại, đọc lại nhé, đọc lại nha, đọc lại là, nói lại là"
)

_FINISHED: Final = """
hết, hết rồi, hết số, hết số rồi, là hết, thế là hết, xong, xong rồi, là xong, thế là xong, vậy thôi, thế thôi, chỉ
vậy thôi, chỉ thế thôi, có vậy thôi, đủ rồi, đủ số rồi, vậy là hết, vậy là xong
"""

_NO: Final = """
không đúng, không biết, không nhớ, không có, không nghe, không thấy, không rõ, không được, không hiểu, không muốn,
không cần, không mang, không còn, không thể, không chắc, không giữ, không khớp, không trùng, không chính xác, không
sao, không đâu, không đọc được, không tìm thấy, không xem được, không nhìn thấy, không dám, không hề, không bao giờ,
không thích, không giống, không ổn, không kịp, không tiện, không chịu, không có gì, được không, đúng không, nghe
không, rõ không, biết không, có không, thấy không, nhớ không, hiểu không, kịp không, xong không, phải không, đủ không,
chưa phải, chưa đúng, không thuộc, không dùng, không hẳn, không chỉ, không cầm, không nhận
"""

_OTHER: Final = """
chưa hết, chưa xong, hết chưa, xong chưa, hết hạn, chưa đủ, đọc lại cho em, đọc lại giúp, đọc lại giúp em, đọc lại từ
đầu cho em, đọc lại từ đầu giúp, đọc lại từ đầu giúp em, nói lại cho em, nói lại giúp em, nhắc lại cho em, nhắc lại
giúp em, nói lại đi, đọc lại đi, nhắc lại đi, năm nay, năm ngoái, năm sinh, một lần nữa, lần nữa, hai vợ chồng, ba mẹ,
tk1 ts, tk1, gần hết, sắp hết
"""

LETTER_NAMES: Final[Mapping[str, str]] = {
    "A": "a", "B": "bê, bờ", "C": "cê, xê, cờ", "D": "dê, dờ, đê, đờ, d, đ", "E": "e", "G": "gê, giê, gờ, gie",
    "H": "hát, hắt, hờ", "I": "i, i ngắn", "K": "ca, ka", "L": "lờ, en lờ, e lờ, el", "M": "mờ, em mờ, e mờ",
    "N": "nờ, en nờ, e nờ, en", "O": "o",
    "P": "pê, pờ", "Q": "quy, cu, quờ", "R": "rờ, e rờ", "S": "sờ, ét sờ, ét, sờ nặng",
    "T": "tê, tờ", "U": "u", "V": "vê, vờ", "X": "xờ, ích xì, ích, xờ nhẹ", "Y": "i dài, i cờ rét",
}  # fmt: skip

# Groups of insured people that open a health insurance card's number (decision 1351/QĐ-BHXH of 2015), without those
# that are also words or names of letters: CA, NO, TA, TE.
_CARD_GROUPS: Final = """
dn hx ch nn tk hc xk ht tb ct xb tn cs qn cy xn ms cc ck cb kc hd bt hn dt dk xd ts tc tq ty hg ls pv cn hs
sv gb gd xv td
"""


def _phrases() -> Iterator[tuple[tuple[str, ...], tuple[Kind, str]]]:
    for kind, table in (
        (Kind.COUNTED, _COUNTED),
        (Kind.FILLER, _FILLERS),
        (Kind.CORRECT, _CORRECT),
        (Kind.DENY, _DENY),
        (Kind.RATHER, _RATHER),
        (Kind.INSTEAD, _INSTEAD),
        (Kind.MAYBE, "à không"),
        (Kind.RESTART, _RESTART),
        (Kind.REREAD, _REREAD),
        (Kind.FINISHED, _FINISHED),
        (Kind.NO, _NO),
        (Kind.OTHER, _OTHER),
    ):
        for phrase in table.split(","):
            yield tuple(phrase.split()), (kind, " ".join(phrase.split()))
    for phrase in _NOUGHT.split(", "):
        yield tuple(phrase.split()), (Kind.NUMBER, "không")
    for word in (*DIGIT_OF, *SCALES, *SKIPPED_TENS, *PAIR):
        yield (word,), (Kind.NUMBER, word)


def _letters() -> Iterator[tuple[tuple[str, ...], tuple[Kind, str]]]:
    for letter, names in LETTER_NAMES.items():
        for name in {*names.split(", "), letter.lower()}:
            yield tuple(name.split()), (Kind.LETTER, letter)
    for group in _CARD_GROUPS.split():
        yield (group,), (Kind.LETTER, group.upper())


# Later tables win where two hold the same phrase; a letter's name never takes a word from the others.
PHRASES: Final[Mapping[tuple[str, ...], tuple[Kind, str]]] = {**dict(_letters()), **dict(_phrases())}
LONGEST_PHRASE: Final = max(map(len, PHRASES))
