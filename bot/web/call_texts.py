"""The words of the page “Try a call”; those under `js.` are its script's."""

from __future__ import annotations

from typing import Final

from bot.web.texts import Texts

CALL: Final[Texts] = {
    "title": ("Thử gọi", "Try a call"),
    "demo": (
        "Danh bạ thử: người không có thật, bị xóa khi tắt studio. Số gọi đến {number} đi với mã số {code}.",
        "Practice accounts: people who do not exist, deleted when the studio stops. The number {number} goes with the "
        "code {code}.",
    ),
    "real": (
        "Danh bạ của cấu hình: cuộc gọi khớp số và mã số sẽ đổi mật khẩu thật.",
        "The configured accounts: a call with a matching number and code changes a real password.",
    ),
    "number": ("Số gọi đến", "Calling number"),
    "number.help": ("Bỏ trống là ẩn số.", "Empty: withheld."),
    "start": ("Gọi", "Call"),
    "end": ("Gác máy", "Hang up"),
    "microphone": ("Nói bằng micrô", "Speak by microphone"),
    "microphone.help": (
        "Nên đeo tai nghe. Tiếng của bạn chỉ đến máy chạy studio và không được ghi lại.",
        "Headphones are best. Your voice goes only to the machine that runs the studio, and is not recorded.",
    ),
    "keypad": ("Bàn phím điện thoại", "Keypad"),
    "keypad.help": (
        "Khi bàn phím được chọn, gõ 0–9, * và # trên bàn phím máy tính cũng được; mũi tên để đi giữa các phím.",
        "With the keypad in focus, 0–9, * and # of your keyboard work too; arrows move between keys.",
    ),
    "key.star": ("sao", "star"),
    "key.hash": ("thăng", "hash"),
    "text": ("Gõ thay cho nói", "Type instead of speaking"),
    "text.help": ("Trợ lý nghe đúng những chữ này.", "The bot hears exactly these words."),
    "text.example": ("ví dụ: cấp lại mật khẩu", "for example: cấp lại mật khẩu"),
    "send": ("Gửi", "Send"),
    "live": ("Đang diễn ra", "Live"),
    "state": ("Cuộc gọi", "Call"),
    "expected": ("Đang chờ nghe", "Expected now"),
    "you": ("Bạn", "You"),
    "bot": ("Trợ lý", "Bot"),
    "wave.you": ("Dạng sóng tiếng của bạn", "Waveform of your voice"),
    "wave.bot": ("Dạng sóng tiếng trợ lý", "Waveform of the bot's voice"),
    "hearing": ("Đang nghe được", "Heard so far"),
    "intent": ("Ý định", "Intent"),
    "slots": ("Điều đã nhớ", "Remembered"),
    "latency": ("Trả lời sau", "Answered after"),
    "masked": ("Số và mã số hiện bằng dấu chấm.", "Numbers and codes are shown as dots."),
    "log": ("Từng lượt", "Turn by turn"),
    "log.empty": ("Chưa có cuộc gọi nào.", "No call yet."),
    "js.state.idle": ("Chưa gọi", "No call"),
    "js.state.connecting": ("Đang nối", "Connecting"),
    "js.state.speaking": ("Trợ lý đang nói", "The bot is speaking"),
    "js.state.secret": ("Trợ lý đang đọc mật khẩu", "The bot is reading the password"),
    "js.state.listening": ("Trợ lý đang nghe", "The bot is listening"),
    "js.state.hearing": ("Bạn đang nói", "You are speaking"),
    "js.state.thinking": ("Trợ lý đang nghĩ", "The bot is thinking"),
    "js.state.ended": ("Đã kết thúc", "Ended"),
    "js.expect.menu": ("việc cần làm: một câu hoặc một phím", "what to do: a phrase or a key"),
    "js.expect.code": ("các chữ số của mã số", "digits of the code"),
    "js.expect.yes_no": ("đúng, sai, hoặc sửa lại", "yes, no, or a correction"),
    "js.expect.closing": ("nghe lại, câu hỏi khác, hoặc chào", "hear it again, another question, or goodbye"),
    "js.expect.nothing": ("không chờ gì nữa", "nothing more"),
    "js.said.speech": ("Bạn nói", "You said"),
    "js.said.keys": ("Bạn bấm", "You pressed"),
    "js.said.text": ("Bạn gõ", "You typed"),
    "js.said.silence": ("Bạn im lặng", "You were silent"),
    "js.said.nothing": ("không nghe ra chữ nào", "no words recognised"),
    "js.bot": ("Trợ lý", "Bot"),
    "js.barge_in": ("Bạn ngắt lời trợ lý", "You interrupted the bot"),
    "js.resumed": ("Đó không phải câu trả lời: trợ lý nói tiếp", "That was no answer: the bot goes on"),
    "js.password_heard": (
        "Đã đọc xong mật khẩu lần đầu: mật khẩu mới có hiệu lực",
        "The password was read out once: it is active now",
    ),
    "js.delay": ("Câu trả lời chậm: trợ lý xin chờ", "The answer is slow: the bot asks for patience"),
    "js.confidence": ("độ tin cậy {percent}", "confidence {percent}"),
    "js.sure": ("{percent}\N{NO-BREAK SPACE}%", "{percent}%"),
    "js.latency": ("{all} ms", "{all} ms"),
    "js.parts": ("{waited} chờ bạn nói hết + {compute} tính toán", "{waited} to hear you out + {compute} computing"),
    "js.took": ("sau {all} ms", "after {all} ms"),
    "js.secret": ("mật khẩu", "password"),
    "js.ended": (
        "Kết thúc: {outcome}. {seconds} giây, {turns} lượt, cước {fee} đồng.",
        "Ended: {outcome}. {seconds} s, {turns} turns, fee {fee} đồng.",
    ),
    "js.outcome.reset": ("đã cấp mật khẩu mới", "new password issued"),
    "js.outcome.no_match": ("số và mã số không khớp", "number and code do not match"),
    "js.outcome.gave_up": ("trợ lý không nghe được", "the bot could not understand"),
    "js.outcome.withheld": ("ẩn số gọi đến", "number withheld"),
    "js.outcome.cancelled": ("người gọi hủy", "cancelled by the caller"),
    "js.outcome.agent": ("muốn gặp tổng đài viên", "wants a person"),
    "js.outcome.hung_up": ("người gọi gác máy", "the caller hung up"),
    "js.outcome.time_up": ("quá thời gian", "time is up"),
    "js.outcome.unavailable": ("cơ sở dữ liệu bận", "the database was away"),
    "js.outcome.error": ("lỗi bên trong", "an internal error"),
    "js.problem.denied": (
        "Trình duyệt không cho dùng micrô. Bấm biểu tượng ổ khóa cạnh địa chỉ, cho phép micrô rồi gọi lại; hoặc cứ gõ "
        "chữ và bấm phím.",
        "The browser does not allow the microphone. Allow it by the lock beside the address and call again; or type "
        "and press keys.",
    ),
    "js.problem.no_microphone": (
        "Máy này không có micrô. Bạn vẫn gõ chữ và bấm phím được.",
        "This machine has no microphone. You can still type and press keys.",
    ),
    "js.problem.insecure": (
        "Trình duyệt chỉ cho dùng micrô ở localhost hoặc https (nhanh8 studio --certificate). Bạn vẫn gõ chữ và bấm "
        "phím được.",
        "Browsers allow the microphone only at localhost or by https (nhanh8 studio --certificate). You can still type "
        "and press keys.",
    ),
    "js.problem.old": (
        "Trình duyệt này quá cũ để nghe và nói (thiếu AudioWorklet). Dùng Chromium, Firefox hoặc Safari đời mới.",
        "This browser is too old for sound (no AudioWorklet). Use a recent Chromium, Firefox or Safari.",
    ),
    "js.problem.sound": (
        "Trình duyệt không mở được âm thanh ({reason}). Kiểm tra loa và micrô của máy rồi gọi lại.",
        "The browser cannot open the sound devices ({reason}). Check loudspeaker and microphone, then call again.",
    ),
    "js.problem.lost": (
        "Mất kết nối với studio: cuộc gọi đã dừng. Xem nhanh8 studio còn chạy không rồi gọi lại.",
        "The connection to the studio is lost, and the call over. See that nhanh8 studio still runs, then call again.",
    ),
    "js.problem.number": (
        "Số gọi đến không phải số điện thoại Việt Nam, ví dụ 0912345678.",
        "The calling number is no Vietnamese telephone number, such as 0912345678.",
    ),
    "js.problem.busy": ("Đang có quá nhiều cuộc gọi thử. Chờ một lát.", "Too many calls at once. Wait a moment."),
}
