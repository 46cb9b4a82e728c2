"""What to bring and what it costs, in three languages.

Written from the practice of several town halls, in the careful words of a town hall: where practice differs between
offices, the line says so. Checked by people before real use.
"""

from dataclasses import dataclass

from booking.appointments.enums import AgeGroup, Situation
from config.demo.texts import BOTH, CARD, CENSUS, COLLECTION, DEPOSITS, PASSPORT, WELCOME, text
from municipalities.languages import Translated

RENEWAL, FIRST = Situation.RENEWAL, Situation.FIRST
LOSS, THEFT = Situation.LOSS, Situation.THEFT
NAME, ADDRESS = Situation.NAME_CHANGE, Situation.ADDRESS_CHANGE


@dataclass(frozen=True)
class DocumentRow:
    code: str
    types: tuple[str, ...]
    label: Translated
    detail: Translated | None = None
    situations: tuple[Situation, ...] = ()
    ages: AgeGroup = AgeGroup.ANY


DOCUMENTS = [
    DocumentRow(
        "pre-demande",
        DEPOSITS,
        text(
            "Le numéro de votre pré-demande en ligne",
            "Die Nummer Ihres Online-Vorantrags",
            "The number of your online pre-application",
        ),
        text(
            "Dix lettres ou chiffres. Le récapitulatif imprimé ou affiché sur un téléphone convient. Un numéro par personne.",
            "Zehn Buchstaben oder Ziffern. Der Ausdruck oder die Anzeige auf dem Telefon genügt. Eine Nummer pro Person.",
            "Ten letters or digits. The summary, printed or shown on a phone, will do. One number per person.",
        ),
    ),
    DocumentRow(
        "photo",
        DEPOSITS,
        text("Une photo d’identité récente", "Ein aktuelles Passfoto", "A recent identity photograph"),
        text(
            "De moins de six mois, aux normes, non découpée.",
            "Nicht älter als sechs Monate, normgerecht, nicht zugeschnitten.",
            "Less than six months old, meeting the official standard, not cut out.",
        ),
    ),
    DocumentRow(
        "domicile",
        DEPOSITS,
        text(
            "Un justificatif de domicile de moins d’un an (facture d’électricité, avis d’impôt, quittance…)",
            "Ein Nachweis der Adresse (z. B. Strom- oder Telefonrechnung), nicht älter als ein Jahr",
            "Proof of address less than one year old (electricity bill, tax notice, rent receipt…)",
        ),
        text(
            "Inutile si votre adresse a été vérifiée en ligne pendant la pré-demande.",
            "Nicht nötig, wenn Ihre Adresse beim Vorantrag online geprüft wurde.",
            "Not needed if your address was checked online during the pre-application.",
        ),
        ages=AgeGroup.ADULT,
    ),
    DocumentRow(
        "heberge",
        DEPOSITS,
        text(
            "Si vous habitez chez quelqu’un : les pièces de votre hébergeant",
            "Wenn Sie bei jemandem wohnen: die Unterlagen dieser Person",
            "If you live at someone’s home: your host’s papers",
        ),
        text(
            "Son attestation d’hébergement, sa pièce d’identité et son justificatif de domicile.",
            "Eine Wohnbestätigung, der Ausweis und der Nachweis der Adresse dieser Person.",
            "A signed statement that you live there, the host’s identity document and proof of address.",
        ),
        ages=AgeGroup.ADULT,
    ),
    DocumentRow(
        "ancien-titre",
        DEPOSITS,
        text(
            "Votre ancienne carte ou votre ancien passeport", "Ihr bisheriger Ausweis", "Your present identity document"
        ),
        text(
            "Le document à remplacer. Vous le remettez en retirant le nouveau.",
            "Der zu ersetzende Personalausweis oder Reisepass. Sie geben ihn bei der Abholung des neuen ab.",
            "The card or passport to be replaced. You hand it back when you collect the new one.",
        ),
        situations=(RENEWAL, NAME, ADDRESS),
    ),
    DocumentRow(
        "autre-titre",
        DEPOSITS,
        text(
            "Votre autre carte d’identité ou passeport, si vous l’avez",
            "Ihr anderer gesicherter Ausweis, falls vorhanden",
            "Your other secure identity document, if you have one",
        ),
        text(
            "Passeport pour une première carte, carte pour un premier passeport.",
            "Der Reisepass beim ersten Personalausweis, der Personalausweis beim ersten Reisepass.",
            "The passport for a first card, the card for a first passport.",
        ),
        situations=(FIRST,),
    ),
    DocumentRow(
        "acte-naissance",
        DEPOSITS,
        text(
            "Dans certains cas, un acte de naissance de moins de trois mois",
            "In manchen Fällen eine Geburtsurkunde, nicht älter als drei Monate",
            "In some cases, a birth certificate less than three months old",
        ),
        text(
            "Seulement sans autre carte ou passeport valide, ou périmé depuis longtemps (deux ou cinq ans selon le cas), et si "
            "votre commune de naissance ne transmet pas ses actes en ligne (COMEDEC). En cas de doute, appelez la mairie.",
            "Nur ohne anderen gültigen Ausweis oder wenn er seit Langem abgelaufen ist (je nach Fall zwei oder fünf Jahre) und "
            "Ihre Geburtsgemeinde ihre Urkunden nicht elektronisch übermittelt (COMEDEC). Im Zweifel rufen Sie das Rathaus an.",
            "Only without another valid document, or with one that expired long ago (two or five years, depending on the case), "
            "and if your town of birth does not send its records online (COMEDEC). If in doubt, phone the town hall.",
        ),
        situations=(FIRST, RENEWAL, LOSS, THEFT),
    ),
    DocumentRow(
        "nationalite",
        DEPOSITS,
        text(
            "Si vous êtes devenu français ou né à l’étranger : un justificatif de nationalité",
            "Bei Einbürgerung oder Geburt im Ausland: ein Nachweis der Staatsangehörigkeit",
            "If you became French or were born abroad: proof of nationality",
        ),
        text(
            "Seulement si votre acte de naissance ou votre ancienne carte ou votre ancien passeport ne suffit pas à la prouver.",
            "Nur wenn Geburtsurkunde oder bisheriger Ausweis dafür nicht ausreichen.",
            "Only if your birth certificate or earlier document does not prove it.",
        ),
        situations=(FIRST,),
    ),
    DocumentRow(
        "declaration-perte",
        DEPOSITS,
        text("La déclaration de perte", "Die Verlustmeldung", "The declaration of loss"),
        text(
            "Elle peut se remplir à la mairie le jour du dépôt.",
            "Sie kann am Tag der Antragstellung im Rathaus ausgefüllt werden.",
            "It can be filled in at the town hall on the day.",
        ),
        situations=(LOSS,),
    ),
    DocumentRow(
        "declaration-vol",
        DEPOSITS,
        text(
            "La déclaration de vol",
            "Die Diebstahlsanzeige",
            "The police report of the theft",
        ),
        text(
            "Établie par la police ou la gendarmerie, avant le rendez-vous.",
            "Vor dem Termin bei Polizei oder Gendarmerie aufgenommen.",
            "Made at a police or gendarmerie station before the appointment.",
        ),
        situations=(THEFT,),
    ),
    DocumentRow(
        "document-photo",
        DEPOSITS,
        text(
            "Un autre document officiel avec photo, si vous en avez un",
            "Ein anderes amtliches Dokument mit Foto, falls vorhanden",
            "Another official document with a photograph, if you have one",
        ),
        text(
            "Permis de conduire, carte Vitale avec photo, carte professionnelle…",
            "Führerschein, Carte Vitale mit Foto, Dienstausweis …",
            "Driving licence, carte Vitale with photograph, staff card…",
        ),
        situations=(LOSS, THEFT),
    ),
    DocumentRow(
        "changement-nom",
        DEPOSITS,
        text(
            "Le livret de famille à jour ou l’acte d’état civil qui montre le changement",
            "Das aktuelle Familienbuch oder die Personenstandsurkunde, die die Änderung belegt",
            "The up-to-date family record book or civil certificate that shows the change",
        ),
        text(
            "Après un divorce, pour garder le nom : le jugement, ou l’accord écrit de l’ex-conjoint et sa pièce d’identité.",
            "Nach einer Scheidung, um den Namen zu behalten: das Urteil oder die schriftliche Zustimmung mit Ausweis der "
            "geschiedenen Person.",
            "After a divorce, to keep the name: the judgment, or your former spouse’s written consent and identity document.",
        ),
        situations=(NAME,),
    ),
    DocumentRow(
        "enfant-present",
        DEPOSITS,
        text(
            "L’enfant, avec un de ses parents ou son tuteur",
            "Das Kind mit einem Elternteil oder Vormund",
            "The child, with a parent or guardian",
        ),
        text(
            "L’enfant vient quel que soit son âge. Le parent apporte sa propre pièce d’identité.",
            "Das Kind kommt unabhängig vom Alter mit. Der Elternteil bringt seinen eigenen Ausweis mit.",
            "The child comes whatever the age. The parent brings an identity document of their own.",
        ),
        ages=AgeGroup.MINOR,
    ),
    DocumentRow(
        "domicile-parent",
        DEPOSITS,
        text(
            "Un justificatif de domicile du parent (facture d’électricité, avis d’impôt, quittance…), de moins d’un an",
            "Ein Nachweis der Adresse des Elternteils (z. B. Strom- oder Telefonrechnung), nicht älter als ein Jahr",
            "The parent’s proof of address, less than one year old",
        ),
        text(
            "En résidence alternée : celui de chacun des deux parents.",
            "Bei wechselndem Aufenthalt: von beiden Elternteilen.",
            "If the child lives with both parents in turn: that of each parent.",
        ),
        ages=AgeGroup.MINOR,
    ),
    DocumentRow(
        "autorite-parentale",
        DEPOSITS,
        text(
            "Si les parents sont séparés : le jugement ou la convention",
            "Bei getrennten Eltern: das Urteil oder die Vereinbarung",
            "If the parents are separated: the judgment or agreement",
        ),
        text(
            "Ce qui dit qui exerce l’autorité parentale et où vit l’enfant.",
            "Woraus hervorgeht, wer das Sorgerecht hat und wo das Kind lebt.",
            "Whatever says who has parental authority and where the child lives.",
        ),
        ages=AgeGroup.MINOR,
    ),
    DocumentRow(
        "majeur-protege",
        DEPOSITS,
        text(
            "Pour un majeur protégé : le jugement et la présence du tuteur, avec sa pièce d’identité",
            "Bei betreuten Erwachsenen: der Beschluss und die Anwesenheit der Betreuungsperson mit Ausweis",
            "For an adult under guardianship: the judgment, and the guardian in person with an identity document",
        ),
        ages=AgeGroup.ADULT,
    ),
    DocumentRow(
        "timbre-passeport",
        (PASSPORT, BOTH),
        text(
            "Le timbre fiscal du passeport",
            "Die Steuermarke (timbre fiscal) für den Reisepass",
            "The tax stamp (timbre fiscal) for the passport",
        ),
        text(
            "Acheté en ligne sur le site de l’État ou chez un buraliste agréé. La mairie n’en vend pas.",
            "Auf der Website des Staates oder in einem zugelassenen Tabakladen zu kaufen. Das Rathaus verkauft keine.",
            "Bought on the State’s own website or at an approved tobacconist’s. The town hall does not sell it.",
        ),
        situations=(RENEWAL, FIRST, LOSS, THEFT),
    ),
    DocumentRow(
        "timbre-carte",
        (CARD, BOTH),
        text(
            "Le timbre fiscal dû pour une carte perdue ou volée",
            "Die Steuermarke (timbre fiscal) für einen verlorenen oder gestohlenen Personalausweis",
            "The tax stamp (timbre fiscal) due for a lost or stolen card",
        ),
        situations=(LOSS, THEFT),
    ),
    DocumentRow(
        "retrait-ancien-titre",
        (COLLECTION,),
        text(
            "Votre ancienne carte ou votre ancien passeport, s’il existe encore",
            "Ihr bisheriger Ausweis, falls noch vorhanden",
            "Your earlier document, if you still have it",
        ),
        text(
            "Il est repris à la remise du nouveau.",
            "Er wird bei der Übergabe des neuen eingezogen.",
            "It is taken back when you receive the new one.",
        ),
    ),
    DocumentRow(
        "retrait-piece",
        (COLLECTION,),
        text(
            "Une pièce avec photo et le SMS « votre carte est prête »",
            "Ein Dokument mit Foto und die SMS „Ihr Ausweis ist fertig“ (votre carte est prête)",
            "A document with a photograph and the text message “your card is ready” (votre carte est prête)",
        ),
        text(
            "Le retrait se fait dans la mairie de la demande. Une carte ou un passeport non retiré est détruit après trois mois.",
            "Abholung nur im Rathaus der Antragstellung. Nicht abgeholte Ausweise werden nach drei Monaten vernichtet.",
            "Collect it at the town hall where you applied. A document not collected within three months is destroyed.",
        ),
    ),
    DocumentRow(
        "retrait-mineur",
        (COLLECTION,),
        text(
            "L’enfant dès douze ans ; avant, le parent qui a déposé la demande",
            "Das Kind ab zwölf Jahren; jünger: der Elternteil, der den Antrag gestellt hat",
            "The child from the age of twelve; younger, the parent who applied",
        ),
        ages=AgeGroup.MINOR,
    ),
    DocumentRow(
        "accueil-identite",
        (WELCOME,),
        text(
            "Votre pièce d’identité et un justificatif de domicile (facture d’électricité, avis d’impôt, quittance…)",
            "Ihr Ausweis und ein Nachweis der Adresse (z. B. Strom- oder Telefonrechnung)",
            "Your identity document and proof of address",
        ),
    ),
    DocumentRow(
        "accueil-visiteur",
        (WELCOME,),
        text(
            "L’identité, l’adresse et le numéro de passeport de la personne accueillie",
            "Name, Anschrift und Passnummer der eingeladenen Person",
            "Your guest’s name, address and passport number",
        ),
        text(
            "Avec les dates du séjour. Des justificatifs de ressources et de logement peuvent être demandés.",
            "Mit den Reisedaten. Nachweise über Einkommen und Wohnraum können verlangt werden.",
            "With the dates of the stay. Proof of income and housing may be asked for.",
        ),
    ),
    DocumentRow(
        "recensement",
        (CENSUS,),
        text(
            "La pièce d’identité du jeune et le livret de famille",
            "Der Ausweis der jungen Person und das Familienbuch",
            "The young person’s identity document and the family record book",
        ),
    ),
]

#: What two towns say otherwise: (slug, code, label or None to drop the line).
OVERRIDES: list[tuple[str, str, Translated | None]] = [
    (
        "wittenheim",
        "domicile",
        text(
            "Un justificatif de domicile de moins de six mois (facture d’électricité, avis d’impôt, quittance…)",
            "Ein Nachweis der Adresse (z. B. Strom- oder Telefonrechnung), nicht älter als sechs Monate",
            "Proof of address less than six months old",
        ),
    ),
    ("illzach", "document-photo", None),
]
