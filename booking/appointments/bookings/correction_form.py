"""The file as one corrects it, for its holder and for an agent: the same people, judged as when booking."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from booking.appointments.bookings.confirming import PersonDetails
from booking.appointments.bookings.correcting import CorrectedPerson, Correction
from booking.appointments.bookings.person_form import ADULT, MINOR, PeopleForms, PersonForm
from booking.appointments.enums import Situation
from booking.appointments.models import Appointment, AppointmentPerson
from booking.appointments.models.appointments import MAX_NOTE
from booking.appointments.models.offer import MAX_PEOPLE
from booking.residents.forms.contact import ContactForm
from municipalities.forms.fields import number_in
from municipalities.forms.typed import BUTTON
from municipalities.phones import say_in_full
from municipalities.query_names import Param
from municipalities.wording import NBSP


class CorrectedPersonForm(PersonForm):
    """One of those who come, or who no longer does. What a town hall never knew may stay unknown."""

    needed_sometimes = ("birth_year", "leaves")
    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    leaves = forms.BooleanField(label=_("Cette personne ne vient plus"), required=False)

    def __init__(self, *args: Any, known: AppointmentPerson | None, by_staff: bool, **kwargs: Any) -> None:
        initial = {"age": ADULT, "situation": Situation.RENEWAL} if known is None else _initial(known)
        super().__init__(*args, by_staff=by_staff, initial=initial, **kwargs)
        self.known = known
        self.by_staff = by_staff
        if by_staff:
            self.fields["first_name"].required = False
            self.fields["last_name"].required = self.index == 0 or bool(known and known.last_name)
        elif known is not None and not known.pre_application_number and "number" in self.fields:
            self.fields["number"].required = False
        if known is None:
            self.fields["leaves"].label = _("Ne pas ajouter cette personne")

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if data.get("leaves"):
            # Whatever else is wrong with this person matters no more.
            self.errors.clear()
        elif self.by_staff and not str(self["birth_year"].value() or "").strip():
            self.errors.pop("birth_year", None)
        return data

    @property
    def is_leaving(self) -> bool:
        return bool(self.cleaned_data.get("leaves"))

    def corrected(self) -> CorrectedPerson:
        data, known = self.cleaned_data, self.known
        year = data.get("birth_year")
        if known is not None and data["age"] == ADULT and not known.is_minor:
            # Never asked of adults, so never taken from them either.
            year = known.birth_year
        details = PersonDetails(
            first_name=data["first_name"],
            last_name=data["last_name"],
            birth_year=year,
            is_minor=data["age"] == MINOR,
            situation=data.get("situation") or (self.known.situation if self.known else Situation.RENEWAL),
            number=data.get("number", self.known.pre_application_number if self.known else ""),
        )
        return CorrectedPerson(details, self.known.pk if self.known else None)


class NoteForm(forms.Form):
    needed_sometimes = ("note",)
    note = forms.CharField(
        label=_("Note pour le guichet"),
        required=False,
        max_length=MAX_NOTE,
        help_text=_("Lue par les agents seulement, et effacée avec l’identité. Rien sur la santé, rien de blessant."),
        widget=forms.Textarea(attrs={"class": "govuk-textarea", "rows": 3}),
    )


class CorrectionForm(PeopleForms[CorrectedPersonForm]):
    """All people, and for an agent the contact and the note: one page, one answer to "is it right?"."""

    def __init__(
        self, data: QueryDict | None, *, appointment: Appointment, people: Sequence[AppointmentPerson], by_staff: bool
    ) -> None:
        self.data, self.appointment, self.by_staff = data, appointment, by_staff
        most = min(appointment.type.max_people, MAX_PEOPLE)
        joining = 0 if data is None else _number(data.get(Param.JOINING, ""), MAX_PEOPLE) + (Param.ADD in data)
        known = self._still_known(people, data)
        self.joining = max(0, min(joining, most - len(known)))
        self.can_grow = len(known) + self.joining < most
        # « Ajouter » and another language only show a page again: what is typed comes back, nothing is judged yet.
        self.is_asking = data is not None and Param.ADD not in data and BUTTON not in data
        bound = data if self.is_asking else None
        self.people = [
            CorrectedPersonForm(
                bound, prefix=f"p{index}", index=index, kind=appointment.type, known=person, by_staff=by_staff
            )
            for index, person in enumerate([*known, *[None] * self.joining])
        ]
        self.contact: ContactForm | None = None
        self.note: NoteForm | None = None
        if by_staff:
            reached = {
                "email": appointment.email,
                "phone": say_in_full(appointment.phone).replace(NBSP, " "),
                "language": appointment.language,
            }
            self.contact = ContactForm(bound, initial=reached, contact_optional=True)
            self.note = NoteForm(bound, initial={"note": appointment.counter_note})
        for form in self.parts:
            form.use_required_attribute = False
        if data is not None and not self.is_asking:
            self.fill_in(data)

    @staticmethod
    def _still_known(people: Sequence[AppointmentPerson], data: QueryDict | None) -> list[AppointmentPerson]:
        """In the order of the page that was sent, which another correction may have overtaken."""
        if data is None:
            return list(people)
        by_pk = {str(person.pk): person for person in people}
        sent = [by_pk[pk] for index in range(MAX_PEOPLE) if (pk := data.get(f"p{index}-pk", "")) in by_pk]
        return sent or list(people)

    @property
    def parts(self) -> list[forms.Form]:
        return [*self.people, *(form for form in (self.contact, self.note) if form is not None)]

    @property
    def coming(self) -> list[CorrectedPersonForm]:
        return [person for person in self.people if not person.is_leaving]

    def correction(self) -> Correction:
        contact: Mapping[str, str] | None = None
        if self.contact is not None:
            contact = {name: self.contact.cleaned_data[name] for name in ("email", "phone", "language")}
        return Correction(
            people=[person.corrected() for person in self.coming],
            contact=contact,
            note=self.note.cleaned_data["note"] if self.note is not None else None,
        )


def _initial(person: AppointmentPerson) -> dict[str, Any]:
    return {
        "pk": person.pk,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "age": MINOR if person.is_minor else ADULT,
        "birth_year": person.birth_year or "",
        "situation": person.situation,
        "number": person.pre_application_number,
    }


def _number(text: str, most: int) -> int:
    return min(number_in(text) or 0, most)
