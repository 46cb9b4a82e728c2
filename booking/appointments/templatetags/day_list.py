"""{% load day_list %}: the rows of a facility's day, one appointment each.

Written here and not in a template: 180 rows of names, numbers, papers and buttons took the template engine 200 ms,
measured, most of it in translating and drawing the same words again for each row.
"""

from collections.abc import Sequence
from html import escape
from uuid import UUID

from django import template
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from booking.appointments.documents import PersonDocuments
from booking.appointments.enums import Accessibility, Situation, State
from booking.appointments.models import Appointment
from booking.appointments.staff_queries import DayLine, PersonLine
from municipalities.wording import colon, say_phone, say_time

register = template.Library()

_CELL = '<td role="cell" class="govuk-table__cell">'
_NOBODY = UUID(int=0)


@register.simple_tag
def day_rows(rows: Sequence[DayLine], form: str, may_serve: bool, may_mark: bool) -> SafeString:
    """The rows of the table's body. Their buttons belong to the page's one form, of that id."""
    writer = _Writer(form, may_serve, may_mark)
    return SafeString("".join(writer.row(row) for row in rows))


class _Writer:
    """What the rows have in common, said and drawn once."""

    def __init__(self, form: str, may_serve: bool, may_mark: bool) -> None:
        self.may_serve, self.may_mark = may_serve, may_mark
        self.now = timezone.now()
        self.needs = {need.value: str(need.label) for need in Accessibility}
        self.situations = {one.value: str(one.label) for one in Situation}
        self.states = {
            state.value: _drawn("counter/_state.html", appointment=Appointment(state=state)) for state in State
        }
        self.minor, self.number = escape(_("mineur")), escape(_("le numéro"))
        self.nobody = '<span class="gc-muted">' + escape(_("nom effacé ou absent")) + "</span>"
        self.copy, self.copied = escape(_("Copier")), escape(_("Copié"))
        self.people = _("%(number)s personnes")  # said of two and more
        self.language, self.lives = _("Langue") + colon(), _("habite %(town)s")
        self.missing = _drawn("components/tag.html", word=_("numéro manquant"), kind="warn")
        self.unreached = _drawn("components/tag.html", word=_("n’a pas pu être joint"), kind="bad")
        self.info = _drawn("components/icon.html", name="info")
        self.button = (
            '<button type="submit" form="{}" formaction="{{}}" name="etat" value="{}" class="{}">{}{{}}</button>'
        )
        words = ((State.ATTENDED, _("Honoré")), (State.INCOMPLETE, _("Incomplet")), (State.NO_SHOW, _("Absent")))
        self.marks = "".join(self.button.format(form, state.value, "ag-mark", escape(word)) for state, word in words)
        self.again = self.button.format(form, State.BOOKED.value, "gc-button-link", escape(_("Remettre à venir")))
        self.mark_url = reverse("counter:mark", args=[_NOBODY])
        self.link = '<a class="govuk-link" href="{}">{}{{}}</a> '
        self.move = self.link.format(reverse("counter:move", args=[_NOBODY]) + "?de=liste", escape(_("Déplacer…")))
        self.cancel = self.link.format(reverse("counter:cancel", args=[_NOBODY]), escape(_("Annuler…")))
        self._papers: dict[int, str] = {}

    def row(self, row: DayLine) -> str:
        one = row.appointment
        count = "" if one.people_count < 2 else " · " + escape(self.people % {"number": one.people_count})
        return (
            f'<tr role="row" id="rdv-{one.reference}">'
            '<th role="rowheader" scope="row" class="govuk-table__header ag-hour">'
            f'<time datetime="{timezone.localtime(one.starts_at).isoformat()}">{say_time(one.starts_at)}</time>'
            f' <span class="gc-muted">– {say_time(one.ends_at)}</span></th>'
            f"{_CELL}{escape(one.counter.name)}</td>"
            f'{_CELL}<span class="ag-number">{one.reference}</span><br>{escape(str(one.type))}{count}</td>'
            f'{_CELL}<ul class="ag-people">{"".join(self.person(line) for line in row.people)}</ul></td>'
            f'{_CELL}<ul class="ag-plain">{self.contact(row)}</ul></td>'
            f"{_CELL}{self.states[one.state]}{self.gestures(row)}</td></tr>"
        )

    def person(self, line: PersonLine) -> str:
        person = line.person
        name = f"<strong>{escape(person.last_name)}</strong> {escape(person.first_name)}"
        if not person.last_name and not person.first_name:
            name += self.nobody
        year = str(person.birth_year or "")
        about = ", ".join(part for part in (self.minor if person.is_minor else "", year) if part)
        if about:
            name += f' <span class="gc-muted">({about})</span>'
        number = escape(person.pre_application_number)
        if number:
            number = (
                f' · <span class="ag-number">{number}</span> <button type="button" class="gc-button-link gc-no-print"'
                f' data-copy="{number}" data-copied="{self.copied}" hidden>{self.copy}'
                f'<span class="govuk-visually-hidden"> {self.number} {number}</span></button>'
            )
        elif line.is_number_missing:
            number = f" {self.missing}"
        situation = escape(self.situations.get(person.situation, person.situation))
        return f"<li>{name}<br>{situation}{number}{self.papers(line.papers)}</li>"

    def papers(self, papers: PersonDocuments) -> str:
        """The list to tick, written once for all whom the same is asked of."""
        if id(papers) not in self._papers:
            self._papers[id(papers)] = _drawn("counter/_papers.html", papers=papers) if papers.lines else ""
        return self._papers[id(papers)]

    def contact(self, row: DayLine) -> str:
        one = row.appointment
        lines = []
        if one.phone:
            number, said = escape(one.phone), escape(say_phone(one.phone))
            lines.append(f'<li><a class="govuk-link" href="tel:{number}">{said}</a></li>')
        if one.email:
            lines.append(f'<li class="ag-break">{escape(one.email)}</li>')
        if one.language != "fr":
            lines.append(f"<li>{escape(self.language)} {escape(one.language.upper())}</li>")
        if one.home_municipality:
            lives = escape(self.lives % {"town": one.home_municipality})
            lines.append(f'<li class="gc-muted">{lives}</li>')
        lines += [f"<li>{self.info} {escape(self.needs.get(need, need))}</li>" for need in one.accessibility]
        if row.unreached:
            lines.append(f"<li>{self.unreached}</li>")
        return "".join(lines)

    def gestures(self, row: DayLine) -> str:
        if not self.may_serve:
            return ""
        one = row.appointment
        pk, whose = str(one.pk), f'<span class="govuk-visually-hidden"> {one.reference}</span>'
        action = self.mark_url.replace(str(_NOBODY), pk)
        if not row.is_booked:
            done = self.again.format(action, whose)
        else:
            marks = self.marks.format(action, whose, action, whose, action, whose) if self.may_mark else ""
            links = (self.move if one.starts_at > self.now else "") + self.cancel
            done = marks + links.replace(str(_NOBODY), pk).replace("{}", whose)
        return f'<div class="ag-marks gc-no-print">{done}</div>'


def _drawn(template_name: str, /, **context: object) -> str:
    return render_to_string(template_name, context).strip()
