"""A call to the API as one would write it: the same in a shell, in Python and in JavaScript."""

import json
import shlex
from typing import Any


def snippets(method: str, url: str, key: str, body: Any = None) -> list[tuple[str, str]]:
    """Ready to paste, each with the name of its language."""
    return [
        ("curl", curl(method, url, key, body)),
        ("Python", _python(method, url, key, body)),
        ("JavaScript", _javascript(method, url, key, body)),
    ]


def curl(method: str, url: str, key: str, body: Any, *, app: str | None = None) -> str:
    """For a shell; a key of the whole workspace says which app the call is about."""
    lines = [f"curl {url}" if method in {"GET", "POST"} else f"curl -X {method} {url}"]
    lines.append(f'-H "Authorization: Bearer {key}"')
    if app:
        lines.append(f'-H "Guerdon-App: {app}"')
    if body is not None:
        lines.append('-H "Content-Type: application/json"')
        lines.append(f"-d {shlex.quote(_indented(json.dumps(body, indent=2, ensure_ascii=False), 2))}")
    return " \\\n  ".join(lines)


def _python(method: str, url: str, key: str, body: Any) -> str:
    lines = ["import requests", "", f"answer = requests.{method.lower()}(", f'    "{url}",']
    lines.append(f'    headers={{"Authorization": "Bearer {key}"}},')
    if body is not None:
        # JSON's three words that Python spells otherwise do not occur inside the strings of our examples.
        text = json.dumps(body, indent=4, ensure_ascii=False)
        for theirs, ours in ((" true", " True"), (" false", " False"), (" null", " None")):
            text = text.replace(theirs, ours)
        lines.append(f"    json={_indented(text, 4)},")
    return "\n".join([*lines, ")", "print(answer.json())"])


def _javascript(method: str, url: str, key: str, body: Any) -> str:
    lines = [f'const answer = await fetch("{url}", {{']
    if method != "GET":
        lines.append(f'  method: "{method}",')
    if body is None:
        lines.append(f'  headers: {{ Authorization: "Bearer {key}" }},')
    else:
        lines += [
            "  headers: {",
            f'    Authorization: "Bearer {key}",',
            '    "Content-Type": "application/json",',
            "  },",
        ]
        lines.append(f"  body: JSON.stringify({_indented(json.dumps(body, indent=2, ensure_ascii=False), 2)}),")
    return "\n".join([*lines, "});", "console.log(await answer.json());"])


def _indented(text: str, by: int) -> str:
    return text.replace("\n", "\n" + " " * by)
