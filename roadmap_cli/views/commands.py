"""A story as text for a shell or for Python: what has to be run so that the same bytes go out.

A blank becomes a variable, set from the answer that gives its value. curl and HTTPie add headers of their own that could
change an answer (Accept, Content-Type): those are taken away where the request had none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

from roadmap_cli.neutral import neutral_line
from roadmap_cli.replaying import Blank, Parts, Step, blanks

# Linux gives one argument 128 KiB; what printf is told never leaves the shell.
MOST_OF_AN_ARGUMENT = 100_000
_WITH_LENGTH = ("POST", "PUT", "PATCH")
# What sets a variable reads the answer as it was printed: headers, an empty line, the body.
_READ = "python3 -c 'import json, sys; head, _, body = sys.stdin.read().replace(chr(13), str()).partition(chr(10) * 2); print({})'"

Way = Callable[[Step, str], str]


def curl(steps: Sequence[Step], url: str) -> str:
    """The steps as curl commands for a POSIX shell."""
    return _script(steps, url, _curl, "-s")


def httpie(steps: Sequence[Step], url: str) -> str:
    """The steps as HTTPie commands for a POSIX shell."""
    return _script(steps, url, _httpie, "--print=hb")


def python(steps: Sequence[Step], url: str) -> str:
    """The steps as a program that needs nothing but Python."""
    used = _used(steps)
    lines = [_PROGRAM.format(address=urlsplit(url).netloc)]
    for number, step in enumerate(steps):
        lines.append(f"# {_remark(number, steps)}")
        lines.append(f"headers, answer = send({', '.join(_arguments(step))})")
        lines += [f"{_variable(blank)} = {_looked_up(blank)}" for blank in used if blank.step == number]
    return "\n".join(lines) + "\n"


# --- for a shell -----------------------------------------------------------------------------------------------------


def _script(steps: Sequence[Step], url: str, way: Way, quiet: str) -> str:
    used = _used(steps)
    lines: list[str] = []
    for number, step in enumerate(steps):
        given = [blank for blank in used if blank.step == number]
        lines.append(f"# {_remark(number, steps)}")
        command = way(step, url)
        lines.append(f"ANSWER=$({_quietly(command, quiet)})" if given else command)
        lines += [_assigned(blank) for blank in given]
    return "\n".join(lines) + "\n"


def _assigned(blank: Blank) -> str:
    """Set the variable from the answer; an answer that does not give it leaves what stood there in the check."""
    read = _READ.format(_found(blank))
    return f"{blank.name}=$(printf '%s\\n' \"$ANSWER\" | {read} 2>/dev/null || echo {shlex.quote(blank.old)})"


def _quietly(command: str, option: str) -> str:
    """The command with one more option behind the program's name."""
    return re.sub(r"(^|\| )(curl|http) ", rf"\1\2 {option} ", command, count=1)


def _curl(step: Step, url: str) -> str:
    method = step.sent.method
    words = ["curl", *(["-I"] if method == "HEAD" else ["-i", "-X", method]), *_as_it_is(step.sent.target, "-g")]
    words.append(_quoted((url.rstrip("/"), *step.target)))
    for name, value in step.headers:
        words += ["-H", _quoted((f"{name}: ", *value)) if value != ("",) else shlex.quote(f"{name};")]
    words += [word for name in _unwanted(step) for word in ("-H", f"'{name}:'")]
    if _is_for_printf(step.body):
        return f"{_printf(step.body)} | {' '.join([*words, '--data-binary', '@-'])}"
    if step.body is not None or method in _WITH_LENGTH:
        words += ["--data-raw", _quoted(step.body or ("",))]
    return " ".join(words)


def _httpie(step: Step, url: str) -> str:
    words = ["http", *_as_it_is(step.sent.target, ""), step.sent.method, _quoted((url.rstrip("/"), *step.target))]
    for name, value in step.headers:
        # The space keeps :@ and := from being read as something else; it is not sent.
        words.append(_quoted((f"{name}: ", *value)) if value != ("",) else shlex.quote(f"{name};"))
    words += [f"'{name}:'" for name in _unwanted(step)]
    if _is_for_printf(step.body):
        return f"{_printf(step.body)} | {' '.join(words)}"
    raw = ["--raw", _quoted(step.body)] if step.body else []
    return " ".join([words[0], "--ignore-stdin", *words[1:], *raw])


def _unwanted(step: Step) -> Iterator[str]:
    """Headers that a program would add by itself and that could change the answer."""
    there = {name.lower() for name, _ in step.headers}
    if "accept" not in there:
        yield "Accept"
    if "content-type" not in there and (step.body is not None or step.sent.method in _WITH_LENGTH):
        yield "Content-Type"


def _as_it_is(target: str, globbing: str) -> Iterator[str]:
    """Options against what a program would make of an unusual path."""
    if re.search(r"/\.{1,2}(/|$)", target.partition("?")[0]):
        yield "--path-as-is"
    if globbing and re.search(r"[\[\]{}]", target):
        yield globbing


def _quoted(parts: Parts) -> str:
    """One word of a shell: texts in quotes, blanks as variables."""
    if all(isinstance(part, str) for part in parts):
        return shlex.quote(_text("".join(str(part) for part in parts)))
    if not any(isinstance(part, str) and re.search(r'["$`\\!]', part) for part in parts):
        return '"' + "".join(_text(part) if isinstance(part, str) else f"${{{part.name}}}" for part in parts) + '"'
    return "".join(shlex.quote(_text(part)) if isinstance(part, str) else f'"${part.name}"' for part in parts)


def _is_for_printf(body: Parts | None) -> bool:
    """Whether a body cannot be an argument: bytes that are no text, control characters, or too much."""
    whole = "".join(part if isinstance(part, str) else part.old for part in body or ())
    return len(whole) > MOST_OF_AN_ARGUMENT or not _is_text(whole)


def _is_text(content: str) -> bool:
    try:
        decoded = content.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return neutral_line(decoded) == decoded


def _text(content: str) -> str:
    """Bytes read as Latin-1, as the text they are."""
    return content.encode("latin-1").decode("utf-8", "replace")


def _printf(body: Parts | None) -> str:
    """A command that prints exactly these bytes, variables among them."""
    texts = ["%s" if isinstance(part, Blank) else "".join(map(_escaped, part)) for part in body or ()]
    given = [f' "${part.name}"' for part in body or () if isinstance(part, Blank)]
    return f"printf '{''.join(texts)}'{''.join(given)}"


def _escaped(char: str) -> str:
    if char == "%":
        return "%%"
    return char if " " <= char <= "~" and char not in "'\\" else f"\\{ord(char):03o}"


def _found(blank: Blank) -> str:
    """A Python expression for the blank's value in a printed answer; it stands in single quotes."""
    if blank.header:
        lines = f'(line for line in head.split(chr(10)) if line.lower().startswith("{blank.header}:"))'
        return f'next({lines}).split(":", 1)[1].strip()'
    return "json.loads(body)" + _index(blank)


# --- for Python ------------------------------------------------------------------------------------------------------

_PROGRAM = '''\
"""The exchanges of a failed check, sent again."""

import http.client
import json


def send(method, target, headers, body=None):
    connection = http.client.HTTPConnection("{address}", timeout=5)
    connection.request(method, target, body, headers)
    answer = connection.getresponse()
    content = answer.read()
    print(method, target, "->", answer.status, answer.reason, content.decode("utf-8", "replace"))
    given = {{name.lower(): value for name, value in answer.getheaders()}}
    return given, json.loads(content) if "json" in given.get("content-type", "") else None


def found(node, *place, otherwise):
    try:
        for part in place:
            node = node[part]
    except (KeyError, IndexError, TypeError):
        return otherwise
    return node

'''


def _arguments(step: Step) -> Iterator[str]:
    yield repr(step.sent.method)
    yield _joined(step.target)
    yield "{" + ", ".join(f"{name!r}: {_joined(value)}" for name, value in step.headers) + "}"
    if step.body is None:
        return
    whole = "".join(part for part in step.body if isinstance(part, str))
    if _is_text(whole):
        yield f"({_joined(step.body)}).encode()" if len(step.body) > 1 else f"{_joined(step.body)}.encode()"
    else:
        yield repr(whole.encode("latin-1"))


def _joined(parts: Parts) -> str:
    told = [repr(_text(part)) if isinstance(part, str) else f"str({_variable(part)})" for part in parts]
    return " + ".join(told) or "''"


def _looked_up(blank: Blank) -> str:
    places = ["headers", repr(blank.header)] if blank.header else ["answer", *map(repr, blank.place)]
    return f"found({', '.join(places)}, otherwise={_text(blank.old)!r})"


def _variable(blank: Blank) -> str:
    return blank.name.lower()


# --- for both --------------------------------------------------------------------------------------------------------


def _used(steps: Sequence[Step]) -> tuple[Blank, ...]:
    return tuple(dict.fromkeys(blank for step in steps for blank in blanks(step)))


def _index(blank: Blank) -> str:
    return "".join(f'["{part}"]' if isinstance(part, str) else f"[{part}]" for part in blank.place)


def _remark(number: int, steps: Sequence[Step]) -> str:
    """What a step is, on one line that no learner's program can break."""
    sent = steps[number].sent
    what = (
        "the one that failed"
        if number == len(steps) - 1
        else "what several checks share"
        if sent.world
        else "before it"
    )
    came = f"{sent.status} came back" if sent.status else "no answer came back"
    return f"{number + 1} of {len(steps)}, {what}: in the check {came}"
