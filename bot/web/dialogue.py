"""The page “Dialogue”: what the bot says and what it takes for what, to be read, changed, checked and retrained."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from bot.app import dialogue_sources, prompt_library
from bot.audio import WIDE_BAND_HZ, join, silence, write_wav
from bot.design.checks import Recordings
from bot.design.editing import Edit, ExamplesEdit, TextEdit
from bot.design.findings import Finding
from bot.design.prompts import MOST_S
from bot.design.saving import DesignFiles, EditRefused, file_digest
from bot.errors import DialogueError, Nhanh8Error, PromptError
from bot.tts.edges import trimmed
from bot.tts.library import MANIFEST, PieceState, PromptLibrary
from bot.tts.prompts import Piece, parts
from bot.tts.speaker import PAUSE_MS
from bot.vietnamese.speech import spoken
from bot.web.dialogue_texts import DIALOGUE
from bot.web.jobs import JobRuns, Jobs, Report, Result, Work
from bot.web.pages import page
from bot.web.script import Script, ScriptReader, address, pieces
from bot.web.workshop import Workshop

MOST_CHARACTERS: Final = 1000  # of a sentence that is only to be heard

T = TypeVar("T")


def dialogue_routes(workshop: Workshop) -> list[BaseRoute]:
    """`GET /dialogue` and all below it."""
    pages = _Dialogue(workshop)
    return [
        Route("/dialogue", pages.show_all),
        Route("/dialogue/at/{name}", pages.show_one),
        Route("/dialogue/pieces/{piece}.wav", pages.play),
        Route("/dialogue/hear", pages.hear, methods=["POST"]),
        Route("/dialogue/save", pages.save, methods=["POST"]),
        Route("/dialogue/check", pages.check, methods=["POST"]),
        Route("/dialogue/render", pages.render, methods=["POST"]),
        Route("/dialogue/train", pages.train, methods=["POST"]),
        Route("/dialogue/progress", pages.progress),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """Where the bot and its recordings are behind the files.

    `unread` are pieces that the voice has to read anew, `old` those that a person recorded with other words.
    """

    current: bool
    unread: tuple[Piece, ...]
    old: tuple[Piece, ...]

    @property
    def pieces(self) -> frozenset[str]:
        return frozenset(piece.id for piece in (*self.unread, *self.old))


class _Dialogue:
    """What reads files or computes runs in a thread: Starlette gives one to each page, a job takes its own."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._settings = workshop.settings
        self._files = DesignFiles(
            dialogue_sources(self._settings),
            Recordings(
                folder=self._settings.prompts_dir,
                library=self._library,
                voice=lambda: workshop.bot.voice,
                recognizer=None,
                most_s=MOST_S,
            ),
        )
        self._reader = ScriptReader(self._files)
        self._jobs = Jobs(self._shown)
        self._loaded = self._sources_state()

    def show_all(self, request: Request) -> Response:
        return self._page(request, "dialogue.html")

    def show_one(self, request: Request) -> Response:
        name = request.path_params["name"]
        try:
            script = self._reader.read()
        except DialogueError:
            return self._page(request, "dialogue.html")  # tells what is wrong
        if name in script.responses:
            return self._page(request, "dialogue_response.html", name)
        if name in script.intents:
            return self._page(request, "dialogue_intent.html", name)
        return page(request, "missing.html", status_code=404)

    def play(self, request: Request) -> Response:
        """A recording as it is, where it is of today's words."""
        library, wanted = self._library(), request.path_params["piece"]
        known = next((piece for piece in library.status() if piece.id == wanted), None)
        if known is None or library.state(known) in (PieceState.STALE, PieceState.MISSING):
            return _error("Chưa có bản đọc của lời này.", 404)
        return FileResponse(self._settings.prompts_dir / f"{known.id}.wav", media_type="audio/wav")

    async def hear(self, request: Request) -> Response:
        """The bot's voice with the words of `text`; a pause stands for each value."""
        try:
            text = (await _body(request)).get("text")
            if not isinstance(text, str) or not text.strip() or len(text) > MOST_CHARACTERS:
                return _error("Chưa có lời để đọc, hoặc lời quá dài.", 400)
            return Response(await _in_thread(lambda: self._spoken(text)), media_type="audio/wav")
        except Nhanh8Error as error:
            return _error(self._shown(str(error)), 422)

    async def save(self, request: Request) -> Response:
        try:
            body = await _body(request)
            edit = _edit(body)
            file, digest = self._files.file(str(body.get("file"))), str(body.get("digest"))
        except DialogueError as error:
            return _error(self._shown(str(error)), 400)

        async def work(report: Report) -> Result:
            try:
                saved = await _in_thread(lambda: self._files.save(file, edit, digest, report))
            except EditRefused as refused:
                return {"refused": self._findings(refused.findings)}
            return {
                "changed": saved.changed,
                "digest": saved.digest,
                "file": body["file"],
                "findings": self._findings(saved.findings),
            }

        return self._begin("save", work)

    async def check(self, _: Request) -> Response:
        async def work(report: Report) -> Result:
            return {"findings": self._findings(await _in_thread(lambda: self._files.check(report)))}

        return self._begin("check", work)

    async def render(self, _: Request) -> Response:
        async def work(report: Report) -> Result:
            return {"rendered": await _in_thread(lambda: self._rendered(report))}

        return self._begin("render", work)

    async def train(self, _: Request) -> Response:
        async def work(report: Report) -> Result:
            state = await _in_thread(self._sources_state)
            await self._workshop.reload(report)
            self._loaded = state
            return {}

        return self._begin("train", work)

    async def progress(self, _: Request) -> Response:
        """Of the piece of work that is on, or was last."""
        return StreamingResponse(self._jobs.events(), media_type="text/event-stream")

    def _begin(self, kind: str, work: Work) -> Response:
        try:
            job = self._jobs.start(kind, work)
        except JobRuns as error:
            return _error(str(error), 409)
        return JSONResponse({"kind": job.kind}, 202)

    def _page(self, request: Request, template: str, name: str = "") -> Response:
        try:
            script = self._reader.read()
            library = PromptLibrary(self._settings.prompts_dir, script.catalog)
        except (DialogueError, PromptError) as error:
            return page(request, "dialogue_broken.html", DIALOGUE, trouble=self._shown(str(error)))
        standing = self._standing(library)
        return page(
            request,
            template,
            DIALOGUE,
            name=name,
            script=script,
            standing=standing,
            running=self._jobs.running,
            items=list(_items(script, standing)),
            picture=_picture(script),
            library=library,
            pieces=pieces,
            address=address,
            at=lambda place: self._shown(str(place)),
            file_name=self._files.name,
        )

    def _standing(self, library: PromptLibrary) -> _Standing:
        behind = [piece for piece, state in library.status().items() if state in (PieceState.STALE, PieceState.MISSING)]
        return _Standing(
            current=self._sources_state() == self._loaded,
            unread=tuple(piece for piece in behind if not library.is_kept(piece)),
            old=tuple(piece for piece in behind if library.is_kept(piece)),
        )

    def _sources_state(self) -> tuple[str, str]:
        """Of what a bot is loaded from: the dialogue's model, and the recordings."""
        manifest = self._settings.prompts_dir / MANIFEST
        recordings = file_digest(manifest.read_bytes()) if manifest.is_file() else ""
        return self._files.sources.model.name, recordings

    def _library(self) -> PromptLibrary:
        return prompt_library(self._settings)

    def _spoken(self, text: str) -> bytes:
        voice = self._workshop.bot.voice
        said = [
            trimmed(voice.synthesize(spoken(part.text)).at(WIDE_BAND_HZ))
            if isinstance(part, Piece)
            else silence(PAUSE_MS, WIDE_BAND_HZ)
            for part in parts("", text)
        ]
        with tempfile.TemporaryDirectory() as folder:
            wav = Path(folder) / "said.wav"
            write_wav(wav, join(said or [silence(PAUSE_MS, WIDE_BAND_HZ)], WIDE_BAND_HZ))
            return wav.read_bytes()

    def _rendered(self, report: Report) -> int:
        report("Đọc lời bằng giọng của trợ lý")
        return len(self._library().render(self._workshop.bot.voice, lambda piece: report(f"Đọc {piece.id}")))

    def _findings(self, findings: Iterable[Finding]) -> list[dict[str, Any]]:
        return [
            {"severity": each.severity.value, "at": self._shown(str(each.at)), "message": self._shown(each.message)}
            for each in findings
        ]

    def _shown(self, text: str) -> str:
        """Files as seen from the project's folder."""
        return text.replace(f"{self._settings.root}/", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Item:
    """A line of the list. `words` are the first that are said, of `count`; `found` is what a search looks into."""

    name: str
    is_response: bool
    words: str
    count: int
    found: str
    behind: bool = False


def _items(script: Script, standing: _Standing) -> Iterator[_Item]:
    for name, wordings in script.responses.items():
        texts = [each.text for each in wordings]
        behind = any(piece.id in standing.pieces for each in wordings for piece in pieces(each))
        found = " ".join([name, *texts])
        yield _Item(name=name, is_response=True, words=texts[0], count=len(texts), found=found, behind=behind)
    for name, blocks in script.intents.items():
        texts = [text for block in blocks for text in block.examples]
        found = " ".join([name, *texts])
        yield _Item(name=name, is_response=False, words=texts[0] if texts else "", count=len(texts), found=found)


def _picture(script: Script) -> str:
    """An `<svg>`, or why there is none."""
    try:
        return script.picture
    except DialogueError as error:
        return str(error)


async def _body(request: Request) -> dict[str, Any]:
    """Raises DialogueError: it is no JSON object."""
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise DialogueError("Yêu cầu hỏng. Tải lại trang.")
    return body


def _edit(body: Mapping[str, Any]) -> Edit:
    """Raises DialogueError: it is none."""
    match body:
        case {"response": str(response), "variation": int(variation), "text": str(text)}:
            return TextEdit(response=response, variation=variation, text=text)
        case {"intent": str(intent), "block": int(block), "examples": list(examples)}:
            return ExamplesEdit(intent=intent, block=block, examples=tuple(map(str, examples)))
    raise DialogueError("Yêu cầu hỏng. Tải lại trang.")


def _error(sentence: str, status_code: int) -> Response:
    return JSONResponse({"error": sentence}, status_code)


async def _in_thread(work: Callable[[], T]) -> T:
    return await asyncio.get_running_loop().run_in_executor(None, work)
