"""What templates say besides the sentences that are translated: nothing that is French in every language."""

import re
from pathlib import Path

from django.conf import settings

#: What a template says itself, outside the sentences that are translated.
TRANSLATED = re.compile(r"\{% blocktrans(?:late)?\b.*?\{% endblocktrans(?:late)? %\}|\{#.*?#\}", re.S)


def templates() -> list[Path]:
    found = [
        path
        for package in ("config", "municipalities", "notifications", "booking")
        for path in Path(settings.ROOT, package).rglob("*.html")
        if {"templates", "jinja2"} & {*path.parts}
    ]
    assert len(found) > 400
    return found


def test_the_colon_before_a_value_is_that_of_the_language() -> None:
    """`{% colon %}`: French alone sets a space before it."""
    said = [
        f"{path.relative_to(settings.ROOT)}: {found[0]}"
        for path in templates()
        for found in re.finditer(r"[>}]\s+:\s+[{<]\S*", TRANSLATED.sub("", path.read_text(encoding="utf-8")))
    ]
    assert said == []


def test_a_day_is_said_with_its_weekday_in_the_words_of_the_language() -> None:
    """`say_day` and its like: a written format is French in every language. Machines and the audit keep theirs."""
    said = [
        f"{path.relative_to(settings.ROOT)}: {found[0]}"
        for path in templates()
        for found in re.finditer(
            r"""\|date:["'](?!Y-m-d["']|c["']|G["']|H:i:s["'])[^"']*["']""", path.read_text(encoding="utf-8")
        )
    ]
    assert said == []


#: What has no words for people, once sentences are gone: code of templates, of style and of scripts, and tags.
BARE = (
    (re.compile(r"<style.*?</style>|<script.*?</script>|\{% comment %\}.*?\{% endcomment %\}", re.S), ""),
    (re.compile(r"\{% trans [^%]*%\}.*?\{% endtrans %\}", re.S), ""),
    (re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.S), "\n"),
    (re.compile(r"<(?:[^<>\"]|\"[^\"]*\")*>"), "\n"),
    (re.compile(r"[\w-]+=\"[^\"]*\""), " "),  # attributes that a macro gives
    (re.compile(r"&\w+;"), " "),
)
#: Names and units that every language writes alike, keys of a keyboard, classes of a layout, style of a mail.
ALIKE = re.compile(
    r"[a-z]|[A-Z]|min|h|SIREN|UID|security\.txt|axe-core, Playwright|HTML5, CSS, SVG, ARIA, JavaScript \("
    r"|python3 manage\.py .*|[a-z.]+\.fr(/fr/plaintes)?|gc-\w+|--\w+|.*\{[a-z-]+:.*\}"
)


def test_no_word_of_a_template_is_said_in_french_alone() -> None:
    said = []
    for path in templates():
        text = TRANSLATED.sub("", path.read_text(encoding="utf-8"))
        for pattern, instead in BARE:
            text = pattern.sub(instead, text)
        words = (line.strip() for line in text.splitlines() if re.search(r"[^\W\d_]|°", line))
        said += [f"{path.relative_to(settings.ROOT)}: {word}" for word in words if not ALIKE.fullmatch(word)]
    assert said == []
